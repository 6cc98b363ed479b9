import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePath, valueAt } from "../../src/metrics/json-path.ts";

const document: unknown = JSON.parse(
  '{"queues":{"mail":{"depth":7}},"pools":[{"size":3},{"size":4}],"odd.name":{"x":1},"a-b":{"0":5},"none":null,"__proto__":{"y":2}}',
);

describe("a path", () => {
  test.each([
    ["queues.mail.depth", 7],
    ["pools[0].size", 3],
    ["pools[1].size", 4],
    ['["odd.name"].x', 1],
    ['["queues"]["mail"].depth', 7],
    ["a-b.0", 5],
    ["none", null],
    ["__proto__.y", 2],
  ])("%s", (text, value) => {
    const steps = parsePath(text);
    expect(typeof steps === "string" ? steps : valueAt(document, steps)).toEqual({ value });
  });

  test.each([
    "queues.post",
    "pools[2].size",
    "pools.0",
    "pools.length",
    "queues[0]",
    "none.x",
    "toString",
    "queues.mail.depth.x",
  ])("%s leads nowhere", (text) => {
    const steps = parsePath(text);
    expect(typeof steps === "string" ? steps : valueAt(document, steps)).toBeUndefined();
  });

  test("starts at a list too", () => {
    expect(valueAt([1, 2], [1])).toEqual({ value: 2 });
  });

  test.each([
    ["", "nothing stands here"],
    ["a.", "a path cannot go on with ."],
    [".a", "a path cannot go on with .a"],
    ["a..b", "a path cannot go on with ..b"],
    ["$.a", "a path cannot go on with $.a"],
    ["a b", "a path cannot go on with  b"],
    ["a[x]", "a path cannot go on with [x]"],
    ["a[-1]", "a path cannot go on with [-1]"],
    ["a.[0]", "a path cannot go on with .[0]"],
    ['a["b]', 'a path cannot go on with ["b]'],
    ['a["\\x"]', 'a path cannot go on with ["\\x"]'],
    ["a[0]b", "a path cannot go on with b"],
    [`${"a.".repeat(100)}é!${"x".repeat(100)}`, `a path cannot go on with !${"x".repeat(39)}`],
  ])("%s cannot be read", (text, found) => {
    expect(parsePath(text)).toBe(found);
  });

  test("finds any value by its quoted names and indexes", () => {
    const step = fc.oneof(fc.string(), fc.nat(3));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), fc.double(), (steps, leaf) => {
        const whole = steps.reduceRight<unknown>(
          (inner, one) =>
            typeof one === "number" ? Array.from({ length: one + 1 }, () => inner) : Object.fromEntries([[one, inner]]),
          leaf,
        );
        const parsed = parsePath(steps.map((one) => `[${JSON.stringify(one)}]`).join(""));
        expect(typeof parsed === "string" ? parsed : valueAt(whole, parsed)).toEqual({ value: leaf });
      }),
    );
  });
});
