import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definitionOf, isFlagName } from "../../src/core/flag.ts";
import type { Audience } from "../../src/core/flag-audience.ts";
import { lxc, seen, stateOf } from "./flags.ts";

const shops: Audience = { type: "values", field: "app", values: ["shop-17", "shop-18"] };
const shares = [
  ["on", 10],
  ["off", 90],
];

describe("a state in flagd's words", () => {
  test.each([
    ["for everybody", {}, { defaultVariant: "on" }],
    ["for everybody, by its share", { percent: 100, for: [shops] }, { defaultVariant: "on" }],
    ["off", { variant: "off" }, { defaultVariant: "off" }],
    ["for nobody", { percent: 0 }, { defaultVariant: "off" }],
    ["the default for some", { variant: "off", percent: 10 }, { defaultVariant: "off" }],
    ["for a share", { percent: 10 }, { defaultVariant: "off", targeting: { fractional: shares } }],
    [
      "for a share with decimals",
      { percent: 2.125 },
      {
        defaultVariant: "off",
        targeting: {
          fractional: [
            ["on", 2125],
            ["off", 97_875],
          ],
        },
      },
    ],
    [
      "for an audience",
      { percent: 0, for: [shops] },
      {
        defaultVariant: "off",
        targeting: { if: [{ in: [{ cat: [{ var: "app" }] }, ["shop-17", "shop-18"]] }, "on", "off"] },
      },
    ],
    [
      "for an audience and a share",
      { percent: 10, for: [shops] },
      {
        defaultVariant: "off",
        targeting: {
          if: [{ in: [{ cat: [{ var: "app" }] }, ["shop-17", "shop-18"]] }, "on", { fractional: shares }],
        },
      },
    ],
    [
      "for a share by another key",
      { percent: 10, key: "app" },
      {
        defaultVariant: "off",
        targeting: {
          if: [
            { or: [{ "===": [{ var: "app" }, null] }, { "===": [{ var: "app" }, ""] }] },
            "off",
            { fractional: [{ cat: [{ var: "$flagd.flagKey" }, { var: "app" }] }, ...shares] },
          ],
        },
      },
    ],
  ])("%s", (_about, given, expected) => {
    expect(definitionOf(lxc, stateOf(given))).toEqual({ state: "ENABLED", variants: lxc.variants, ...expected });
  });
});

describe("who sees it", () => {
  test("whoever is in an audience, whatever the share is, and numbers as texts", () => {
    const numbers: Audience = { type: "values", field: "tenant.id", values: ["17"] };
    const variant = seen(stateOf({ percent: 0, for: [shops, numbers] }));
    expect(variant({ app: "shop-18" })).toBe("on");
    expect(variant({ tenant: { id: 17 } })).toBe("on");
    expect(variant({ tenant: { id: "17" } })).toBe("on");
    expect(variant({ app: "shop-1", tenant: { id: 7 } })).toBe("off");
    expect(variant({})).toBe("off");
  });

  test.each(["targetingKey", "app"])("who has no %s is in no share, however large", (key) => {
    const variant = seen(stateOf({ percent: 99.999, key }));
    expect([{}, { [key]: "" }].map(variant)).toEqual(["off", "off"]);
    expect(variant({ [key]: "shop-17" })).toBe("on");
  });

  test("a share by another key may be of numbers, and two flags split them in two ways", () => {
    const keys = Array.from({ length: 1000 }, (_, tenant) => ({ tenant }));
    const some = stateOf({ percent: 50, key: "tenant" });
    const [one, other] = [lxc, { ...lxc, name: "lxd" }].map((policy) => keys.map(seen(some, policy)));
    expect(one?.filter((variant) => variant === "on").length).toBeGreaterThan(400);
    expect(one?.filter((variant, at) => variant === other?.[at]).length).toBeLessThan(600);
  });
});

const keys = Array.from({ length: 100_000 }, (_, index) => `shop-${index}`);

/** Who has it at these per cent, by their place among the keys. */
function havers(percent: number, of: readonly string[], key = "targetingKey"): readonly boolean[] {
  const variant = seen(stateOf({ percent, key }));
  return of.map((one) => variant({ [key]: one }) === "on");
}

describe.each(["targetingKey", "app"])("100,000 keys split by %s", (key) => {
  const steps = [0, 1, 2.5, 10, 50, 100].map((percent) => havers(percent, keys, key));

  test("a share has its size", () => {
    const sizes = steps.map((has) => has.filter(Boolean).length / 1000);
    for (const [at, size] of [0, 1, 2.5, 10, 50, 100].entries())
      expect(Math.abs((sizes[at] ?? Number.NaN) - size)).toBeLessThan(0.5);
  });

  test("nobody loses it as it grows", () => {
    for (const [at, larger] of steps.slice(1).entries())
      expect(steps[at]?.filter((had, who) => had && larger[who] !== true)).toEqual([]);
  });

  test("from 50% back to 10% exactly those lose it who came in between, and nobody sees it anew", () => {
    const [, , , some = [], half = []] = steps;
    const back = havers(10, keys, key);
    const lost = half.flatMap((had, who) => (had && back[who] !== true ? [who] : []));
    const came = half.flatMap((had, who) => (had && some[who] !== true ? [who] : []));
    expect(lost).toEqual(came);
    expect(lost.length).toBeGreaterThan(39_000);
    expect(back.some((has, who) => has && half[who] !== true)).toBe(false);
  });
});

test("any share, with any decimals, has all that a smaller one has", () => {
  const thousandths = fc.integer({ min: 0, max: 100_000 }).map((share) => share / 1000);
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), thousandths, thousandths, (some, a, b) => {
      const before = havers(Math.min(a, b), some);
      const after = havers(Math.max(a, b), some);
      expect(before.filter((had, who) => had && after[who] !== true)).toEqual([]);
    }),
  );
});

test("an audience keeps it while a share grows and shrinks beside it", () => {
  const percent = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(percent, fc.string(), (share, targetingKey) => {
      expect(seen(stateOf({ percent: share, for: [shops] }))({ targetingKey, app: "shop-17" })).toBe("on");
    }),
  );
});

test.each([
  ["lxc", true],
  ["new_checkout.v2-b", true],
  ["x".repeat(64), true],
  ["x".repeat(65), false],
  ["", false],
  [".sum", false],
  ["-n", false],
  ["a..b", false],
  ["a/b", false],
  ["$evaluators", false],
  ["ä", false],
  ["a\n", false],
])("isFlagName(%j) is %s", (text, expected) => {
  expect(isFlagName(text)).toBe(expected);
});
