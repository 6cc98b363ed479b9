import { describe, expect, test } from "vitest";
import { definitionOf, type FlagState } from "../../src/core/flag.ts";
import { dropped } from "../../src/core/flag-dropped.ts";
import { lxc, stateOf } from "./flags.ts";

const shop = { type: "values", field: "app", values: ["shop-17"] } as const;
const shops = { type: "values", field: "app", values: ["shop-17", "shop-18"] } as const;
const zone = { type: "values", field: "zone", values: ["b"] } as const;
const pro = { type: "condition", text: 'plan == "pro"', rule: { "===": [{ var: "plan" }, "pro"] } } as const;
const many = {
  type: "condition",
  text: 'plan == "pro" || beta == true',
  rule: { or: [{ "===": [{ var: "plan" }, "pro"] }, { "===": [{ var: "beta" }, true] }] },
} as const;
const among = {
  type: "condition",
  text: "zone in zones",
  rule: { in: [{ cat: [{ var: "zone" }] }, { var: "z" }] },
} as const;

type Row = readonly [before: Partial<FlagState>, after: Partial<FlagState>, lost: readonly string[]];

describe("a state that is asked for as a whole drops what it does not name", () => {
  test.each<Row>([
    [{ percent: 10, for: [shop] }, { percent: 50 }, ["app=shop-17"]],
    [{ percent: 10, for: [shop] }, { percent: 50, for: [shops] }, []],
    [{ percent: 10, for: [shops] }, { percent: 50, for: [shop] }, ["app=shop-18"]],
    [{ for: [shop, zone, pro] }, { for: [pro] }, ["app=shop-17", "zone=b"]],
    [{ for: [many] }, { for: [pro] }, ["a condition on beta"]],
    [{ for: [pro] }, { for: [many] }, []],
    [{ for: [pro, shop] }, { percent: 5 }, ["app=shop-17", "a condition on plan"]],
    [{ for: [among] }, { percent: 5 }, ["a condition on zone and z"]],
    [{ percent: 2.5 }, { for: [shop] }, ["2.5%"]],
    [{ percent: 10, key: "app" }, { for: [shop] }, ["10% by app"]],
    [{ percent: 10, key: "app", for: [shop] }, { percent: 20 }, ["10% by app", "app=shop-17"]],
    [{ percent: 10, key: "app", for: [shop] }, { percent: 20, key: "app", for: [shop] }, []],
    [{ variant: "new", for: [shop] }, { percent: 20 }, ["app=shop-17"]],
  ])("%j → %j", (before, after, lost) => {
    expect(dropped(definitionOf(lxc, stateOf(before)), stateOf(after))).toEqual(lost);
  });
});

test.each<Row>([
  [{ percent: 10, for: [shop] }, {}, []],
  [{ percent: 10, for: [shop] }, { variant: "off" }, []],
  [{}, { percent: 10 }, []],
  [{ percent: 10 }, { percent: 0 }, []],
  [{ percent: 50 }, { percent: 10 }, []],
])("what is said in so many words is no surprise: %j → %j", (before, after, lost) => {
  expect(dropped(definitionOf(lxc, stateOf(before)), stateOf(after))).toEqual(lost);
});

test.each([
  [null, []],
  [[], []],
  ["on", []],
  [{ if: [] }, []],
  [{ if: [null, "on", null] }, ["a condition"]],
  [{ fractional: [{ cat: "x" }] }, []],
])("a definition that ship did not make is no reason to fail: %j", (targeting, lost) => {
  const plain = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } as const;
  expect(dropped({ ...plain, targeting }, stateOf({ for: [shop] }))).toEqual(lost);
});
