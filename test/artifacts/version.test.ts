import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearest, needsList, newest, pick } from "../../src/artifacts/version.ts";

describe("only a list can tell what is meant by", () => {
  test.each(["latest", "^1.2", "1.x", ">=1 <2", "~1.2.3", "*", "408", "1.2"])("%s", (text) => {
    expect(needsList(text)).toBe(true);
  });
});

describe("is a name by itself:", () => {
  test.each(["v408", "1.2.3", "v1.2.3", "1.2.3-rc.1", "2f9a1c3d", "main", "nightly-2026-11-21"])("%s", (text) => {
    expect(needsList(text)).toBe(false);
  });
});

test.each([
  ["1.x", ["1.2.0", "1.10.0", "2.0.0"], "1.10.0"],
  ["1.x", ["1.2.0", "1.x"], "1.x"],
  ["408", ["408.1.0", "408"], "408"],
  [">=1 <2", ["v1.9.0", "v2.0.0"], "v1.9.0"],
  ["^1", ["1.2.0", "1.3.0-rc.1"], "1.2.0"],
  ["^3", ["1.2.0"], undefined],
  ["latest", ["1.9.0", "1.10.0", "1.11.0-rc.1", "nightly"], "1.10.0"],
  ["latest", ["1.0.0-rc.1", "1.0.0-rc.2"], "1.0.0-rc.2"],
  ["latest", ["v99", "v408", "v9"], "v408"],
  ["latest", ["2026-9-1", "2026-11-1"], "2026-11-1"],
  ["latest", ["v1", "latest"], "latest"],
  ["latest", [], undefined],
  ["latest", ["../x", "a b", "-rf"], undefined],
])("%s among %j is %s", (wanted, versions, picked) => {
  expect(pick(wanted, { versions, tags: {} })).toBe(picked);
});

test("a tag is what the source says it is; a version of that name goes before it", () => {
  const tags = { latest: "1.0.0", next: "2.0.0-rc.1", bad: "../x" };
  expect(pick("latest", { versions: ["1.0.0", "1.1.0"], tags })).toBe("1.0.0");
  expect(pick("next", { versions: [], tags })).toBe("2.0.0-rc.1");
  expect(pick("next", { versions: ["next"], tags })).toBe("next");
  expect(pick("bad", { versions: [], tags })).toBeUndefined();
});

test("the newest first does not depend on the order of the list", () => {
  const version = fc.stringMatching(/^[a-z0-9.]{1,6}$/);
  fc.assert(
    fc.property(fc.uniqueArray(version), (versions) => {
      expect(newest([...versions].reverse())).toEqual(newest(versions));
    }),
  );
});

test("the nearest name is offered, and none that is far", () => {
  expect(nearest("v480", ["v408", "main"])).toBe("v408");
  expect(nearest("v480", ["nightly"])).toBeUndefined();
});
