import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/sdk/evaluate.ts";
import { murmur3 } from "../../src/sdk/murmur.ts";
import { answered, defined } from "./define.ts";

/** Known answers: keys whose hashes lie at the edges of the halves, and names whose shares flagd's other providers give too. */
describe("agrees with flagd", () => {
  test.each([
    ["ejOoVL", "one"],
    ["bY9fO-", "one"],
    ["SI7p-", "one"],
    ["6LvT0", "two"],
    ["ceQdGm", "two"],
  ])("halves: %s", (targetingKey, expected) => {
    expect(answered({ fractional: [{ var: "targetingKey" }, ["one", 50], ["two", 50]] }, { targetingKey })).toBe(
      expected,
    );
  });

  test.each([
    ["seven", "three"],
    ["eight", "two"],
    ["nine", "one"],
    ["two", "off"],
  ])("quarters: %s", (name, expected) => {
    const shares = ["one", "two", "three", "off"].map((variant) => [variant, 25]);
    const rule = { fractional: [{ cat: ["shared-seed", { var: "user.name" }] }, ...shares] };
    expect(answered(rule, { user: { name } })).toBe(expected);
  });

  test.each([
    ["jon@company.com", "one"],
    ["jane@company.com", "two"],
  ])("short: %s", (targetingKey, expected) => {
    const rule = { fractional: [["one"], ["two", 1]] };
    expect(answered(rule, { targetingKey }, { key: "fractional-flag-shorthand" })).toBe(expected);
  });
});

describe("what does not add up is no answer", () => {
  const split = [
    ["one", 50],
    ["two", 50],
  ];
  test.each<[string, unknown]>([
    ["no key", [{ var: "nobody" }, ...split]],
    ["a key that is no text", [{ var: "age" }, ...split]],
    ["a weight that is not whole", [["one", 0.5]]],
    ["a weight that is no number", [["one", "50"]]],
    ["a share that is no list", [{ var: "targetingKey" }, "one"]],
    ["a share with three parts", [["one", 1, 2]]],
    ["an empty share", [[], ...split]],
    [
      "more weight than 31 bits hold",
      [
        ["one", 2 ** 31 - 1],
        ["two", 1],
      ],
    ],
    [
      "no weight at all",
      [
        ["one", 0],
        ["two", -5],
      ],
    ],
  ])("%s", (_about, args) => {
    expect(answered({ fractional: args }, { targetingKey: "a", age: 7 })).toBe("usual");
  });

  test.each([{}, { targetingKey: "" }])("a short form for %j", (context) => {
    expect(answered({ fractional: split }, context)).toBe("usual");
  });
});

test("variants and weights may be rules, and a share may be a condition", () => {
  const rule = {
    fractional: [
      ["one", { if: [{ var: "pro" }, 100, 0] }],
      [{ var: "other" }, 1],
    ],
  };
  expect(
    answered(
      {
        fractional: [
          [false, 0],
          [true, 100],
        ],
      },
      { targetingKey: "a" },
    ),
  ).toBe("true");
  expect(answered(rule, { targetingKey: "a", pro: false, other: "two" })).toBe("two");
  expect(answered(rule, { targetingKey: "a", pro: false })).toBe("usual");
});

test("every share has about its weight, to the last hash", () => {
  const halves = defined({
    fractional: [
      ["one", 2 ** 30],
      ["two", 2 ** 30 - 1],
    ],
  });
  const ones = Array.from({ length: 20_000 }, (_, index) => evaluate(halves, { targetingKey: `k${index}` }).value);
  expect(Math.abs(ones.filter((one) => one === "one").length - 10_000)).toBeLessThan(400);
  expect(ones).not.toContain("usual");
});

test("a key's place is exact for any sum of weights, as with 64-bit integers", () => {
  const sums = fc.integer({ min: 2, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), sums, (targetingKey, sum) => {
      const place = Number((BigInt(murmur3("", `f${targetingKey}`)) * BigInt(sum)) >> 32n);
      const split = (at: number) => ({
        fractional: [
          ["one", at],
          ["two", sum - at],
        ],
      });
      expect(answered(split(place), { targetingKey })).toBe("two");
      expect(answered(split(place + 1), { targetingKey })).toBe("one");
    }),
  );
});

/** Who has the flag at these per cent. */
function havers(percent: number, keys: readonly string[], key: string): ReadonlySet<string> {
  const flag = defined(
    {
      fractional: [
        ["on", percent],
        ["off", 100 - percent],
      ],
    },
    { key },
  );
  return new Set(keys.filter((targetingKey) => evaluate(flag, { targetingKey }).variant === "on"));
}

test("growing by 1, 10, 50 and 100% over 100,000 keys, nobody loses it; going back, exactly the last adopters do", () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `shop-${index}`);
  const [few, some, half, all] = [1, 10, 50, 100].map((percent) => havers(percent, keys, "lxc"));
  if (few === undefined || some === undefined || half === undefined || all === undefined) expect.unreachable();
  const sizes = [few, some, half, all].map((set) => Math.round(set.size / 1_000));
  expect(sizes).toEqual([1, 10, 50, 100]);
  expect([...few].filter((key) => !some.has(key))).toEqual([]);
  expect([...some].filter((key) => !half.has(key))).toEqual([]);
  expect([...half].filter((key) => !all.has(key))).toEqual([]);
  const back = havers(10, keys, "lxc");
  expect(back).toEqual(some);
});

test("a share that grows keeps everyone, whatever the flag, the shares and the keys", () => {
  const percent = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ minLength: 1 })), percent, percent, (key, keys, a, b) => {
      const before = havers(Math.min(a, b), keys, key || "f");
      const after = havers(Math.max(a, b), keys, key || "f");
      expect([...before].filter((one) => !after.has(one))).toEqual([]);
    }),
  );
});
