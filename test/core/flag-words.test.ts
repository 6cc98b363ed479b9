import fc from "fast-check";
import { expect, test } from "vitest";
import type { FlagState } from "../../src/core/flag.ts";
import { stateText, versionText } from "../../src/core/flag-words.ts";
import { isVersion } from "../../src/core/release.ts";
import { stateOf } from "./flags.ts";

const shop = { type: "values", field: "app", values: ["shop-17"] } as const;
const shops = { type: "values", field: "app", values: ["shop-18", "shop-19", "shop-20", "shop-21"] } as const;
const pro = { type: "condition", text: 'user.plan == "pro"', rule: { "===": [{ var: "user.plan" }, "pro"] } } as const;

test.each<[Partial<FlagState>, string, string]>([
  [{}, "on", "on"],
  [{ variant: "off" }, "off", "off"],
  [{ percent: 100, for: [shop] }, "on", "on"],
  [{ percent: 10 }, "on-10pct", "on for 10%"],
  [{ percent: 10, key: "app" }, "on-10pct-by-app", "on for 10% by app"],
  [{ percent: 0 }, "on-0pct", "on for nobody"],
  [{ percent: 0, key: "app" }, "on-0pct", "on for nobody"],
  [{ for: [shop], key: "app" }, "on-for-app", "on for app=shop-17"],
  [{ percent: 0, for: [shop] }, "on-for-app", "on for app=shop-17"],
  [{ percent: 10, for: [shop] }, "on-10pct-for-app", "on for 10% and for app=shop-17"],
  [
    { variant: "new", percent: 2.5, for: [shops, shop] },
    "new-2.5pct-for-app",
    "new for 2.5% and for app=shop-17,shop-18,shop-19 and 2 more",
  ],
  [{ for: [pro, shop, pro] }, "on-for-app-user.plan", 'on for app=shop-17 and for user.plan == "pro"'],
  [{ variant: "..über/engine" }, "ber-engine", "..über/engine"],
  [{ variant: "日本" }, "variant", "日本"],
  [{ variant: `${"x".repeat(63)}-y` }, "x".repeat(63), `${"x".repeat(63)}-y`],
])("%j is %s", (given, version, text) => {
  expect(versionText(stateOf(given))).toBe(version);
  expect(stateText(stateOf(given))).toBe(text);
});

test("whatever a variant and a field are called, it is a version", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (variant, key, field) => {
      const audience = { type: "values", field, values: ["a"] } as const;
      expect(isVersion(versionText(stateOf({ variant, percent: 1.5, key, for: [audience] })))).toBe(true);
    }),
  );
});
