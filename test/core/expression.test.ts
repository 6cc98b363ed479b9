import { expect, test } from "vitest";
import { type Condition, metricsOf, renamed, type Term } from "../../src/core/expression.ts";

const metric = (name: string, scope: "changed" | "each" = "changed"): Term => ({ type: "metric", scope, name });
const number: Term = { type: "number", value: 2 };
const above = (left: Term, right: Term): Condition => ({ type: "compare", op: ">", left, right });

test("a condition gets other names for its metrics wherever they stand, and stays the same otherwise", () => {
  const sum: Term = { type: "arithmetic", op: "+", left: metric("b"), right: { type: "negate", of: metric("c") } };
  const most: Term = { type: "call", name: "max", arguments: [metric("d", "each"), number] };
  const condition: Condition = {
    type: "and",
    left: above(metric("a"), sum),
    right: { type: "not", of: above(most, number) },
  };
  const other = renamed(condition, (name) => `api.${name}`);
  expect(metricsOf(other)).toEqual(metricsOf(condition).map((one) => ({ ...one, name: `api.${one.name}` })));
  expect(renamed(other, (name) => name.slice("api.".length))).toEqual(condition);
});
