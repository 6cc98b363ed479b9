import { describe, expect, test } from "vitest";
import { policyComplaint, readPercent, stateComplaint } from "../../src/core/flag-check.ts";
import { lxc, stateOf } from "./flags.ts";

describe("a flag as it is declared", () => {
  test.each([
    { variants: { on: true, off: false } },
    { variants: { a: 1, off: 2 } },
    { variants: { on: { engine: "v2" }, off: {} } },
  ])("nothing is wrong with %j", (given) => expect(policyComplaint({ ...lxc, ...given })).toBeUndefined());

  test.each([
    [{ name: "a/b" }, '"a/b" cannot be', "letters"],
    [{ default: "toString" }, '"toString" is none', "on, off, new"],
    [{ variants: { on: "x", off: false } }, "several types: string, boolean", "one type"],
    [{ variants: { off: null } }, "of the type null", "boolean"],
    [{ variants: { off: [1] } }, "of the type list", "boolean"],
  ])("%j", (given, message, expected) => {
    const complaint = policyComplaint({ ...lxc, ...given });
    expect(complaint?.message).toContain(message);
    expect(complaint?.expected).toContain(expected);
  });
});

const app = { type: "values", field: "app", values: ["a"] } as const;

test.each([
  {},
  { variant: "off" },
  { variant: "new", percent: 2.125, for: [app], key: "app" },
  { percent: 0 },
  { percent: 100 },
])("nothing is wrong with %j", (given) => {
  expect(stateComplaint(lxc, stateOf(given))).toBeUndefined();
});

test.each([
  [{ variant: "onn" }, 'lxc has no variant "onn"', "on, off, new"],
  [{ variant: "toString" }, 'lxc has no variant "toString"', "on, off, new"],
  [{ percent: 100.5 }, "100.5 is no percentage", "a number from 0 to 100"],
  [{ percent: -1 }, "-1 is no percentage", "a number from 0 to 100"],
  [{ percent: 0.0001 }, "0.0001 is no percentage", "at most three decimals"],
  [{ percent: Number.NaN }, "NaN is no percentage", "a number from 0 to 100"],
  [{ key: "" }, "this names none", "targetingKey"],
  [{ variant: "off", percent: 10 }, "it cannot be given to some", "another variant: on, new"],
  [{ variant: "off", for: [app] }, "it cannot be given to some", "another variant: on, new"],
])("%j", (given, message, expected) => {
  const complaint = stateComplaint(lxc, stateOf(given));
  expect(complaint?.message).toContain(message);
  expect(complaint?.expected).toContain(expected);
});

describe("a percentage as it is typed", () => {
  test.each([
    ["10", 10],
    ["2.5", 2.5],
    ["0.125", 0.125],
    [" 50 % ", 50],
    ["100%", 100],
    ["0", 0],
    ["0.29", 0.29],
  ])("%j", (text, percent) => expect(readPercent(text)).toBe(percent));

  test.each(["", "101", "-1", "1e1", "0x1", ".5", "5.", "1,5", "0.1255", "ten", "%"])("%j is none", (text) => {
    expect(readPercent(text)).toMatchObject({ message: `"${text}" is no percentage` });
  });
});
