import { expect, test } from "vitest";
import { answered } from "./define.ts";

test.each([
  ["1.0.0", "=", "1.0.0", "true"],
  ["1.0.0", "!=", "1.0.0", "false"],
  ["1.0.0+other", "=", "1.0.0+build", "true"],
  ["v1.0.0", "=", "1.0.0", "true"],
  ["2.0.0-alpha", "<", "2.0.0", "true"],
  ["2.0.0", "<", "2.0.0-alpha", "false"],
  ["1.0.0-alpha", "<", "1.0.0-alpha.1", "true"],
  ["1.0.0-alpha.1", "<", "1.0.0-alpha", "false"],
  ["1.0.0-alpha.1", "<", "1.0.0-alpha.beta", "true"],
  ["1.0.0-beta.2", "<", "1.0.0-beta.11", "true"],
  ["1.0.0-rc.1", ">", "1.0.0-beta.11", "true"],
  ["1.0.0-rc.1", "=", "1.0.0-rc.1", "true"],
  ["1.10.0", ">", "1.9.9", "true"],
  ["1.9.10", ">=", "1.9.9", "true"],
  ["1.9.8", "<=", "1.9.9", "true"],
  ["3.0.1", "~", "3.0.0", "true"],
  ["3.1.0", "~", "3.0.0", "false"],
  ["3.1.0", "^", "3.0.0", "true"],
  ["4.0.0", "^", "3.0.0", "false"],
  ["1.5.0", "^", "1", "true"],
  ["1.2", "=", "1.2.0", "true"],
])("%s %s %s: %s", (version, check, other, expected) => {
  expect(answered({ sem_ver: [{ var: "version" }, check, other] }, { version })).toBe(expected);
});

test.each([
  ["2.0.0.0", "=", "2.0.0"],
  ["not-a-version", "=", "1.0.0"],
  ["01.0.0", "=", "1.0.0"],
  [`1.0.0-${"a".repeat(300)}`, "=", "1.0.0"],
  [true, "=", "1.0.0"],
  ["1.0.0", "===", "1.0.0"],
  ["1.0.0", "constructor", "1.0.0"],
])("%j %s %s is no answer, and not false", (version, check, other) => {
  expect(answered({ sem_ver: [{ var: "version" }, check, other] }, { version })).toBe("usual");
});

test("a number of arguments that is not three is no answer", () => {
  expect(answered({ sem_ver: ["1.0.0", "="] })).toBe("usual");
  expect(answered({ sem_ver: [1, "=", 1] })).toBe("true");
});

test("of however many versions each is read as it stands, also for the second time", () => {
  const rule = { if: [{ sem_ver: [{ var: "version" }, "<", "1500.0.0"] }, "on", "off"] };
  for (let round = 0; round < 2; round++)
    for (let major = 0; major < 3_000; major += 1)
      expect(answered(rule, { version: `${major}.0.0` })).toBe(major < 1_500 ? "on" : "off");
});
