import { describe, expect, test } from "vitest";
import { compileAssertion } from "../../src/config/assertion.ts";
import { countedForm } from "../../src/core/counted-form.ts";
import type { Measure } from "../../src/core/sample.ts";

const shape = { type: "quantile", quantile: 0.99, scale: 1000 } as const;
const measures = new Map<string, Measure>(
  [
    { name: "errors", shape: { type: "ratio" } as const },
    { name: "served", shape: { type: "ratio" } as const },
    { name: "p99", shape },
    { name: "cons", shape: { type: "gauge" } as const },
  ].map((one) => [one.name, { ...one, across: "mean", grouped: false }]),
);

function formOf(text: string) {
  const compiled = compileAssertion(text, [...measures.keys(), "unmeasured"]);
  if (compiled.type !== "ok") throw new Error(compiled.message);
  return countedForm(compiled.condition, measures);
}

describe("is judged on counts", () => {
  test.each([
    ["p99 < 50", { metric: "p99", scope: "changed", worse: "more", factor: 0, plus: 50 }],
    ["50 >= p99", { metric: "p99", worse: "more", plus: 50 }],
    ["0.01 > each.errors", { metric: "errors", scope: "each", worse: "more", plus: 0.01 }],
    ["p99 > 10", { worse: "less", plus: 10 }],
    ["served > 0.99", { worse: "less", factor: 0, plus: 0.99 }],
    ["0.99 <= served", { worse: "less", plus: 0.99 }],
    ["fleet.errors <= 2 / 100", { scope: "fleet", plus: 0.02 }],
    ["errors <= 1.5 * baseline.errors + 0.001", { factor: 1.5, plus: 0.001 }],
    ["errors <= 0.001 + baseline.errors * 3 / 2", { factor: 1.5, plus: 0.001 }],
    ["errors <= -(-baseline.errors) - -0.5", { factor: 1, plus: 0.5 }],
    ["served >= 0.9 * baseline.served", { worse: "less", factor: 0.9, plus: 0 }],
    ["p99 <= 1.2 * baseline.p99 + 5", { factor: 1.2, plus: 5 }],
  ])("%s", (text, form) => {
    expect(formOf(text)).toMatchObject(form);
  });
});

describe("is judged as a threshold", () => {
  test.each([
    "cons > 10",
    "unmeasured < 1",
    "errors == 0.5",
    "errors != 0.5",
    "errors < 0.1 && p99 < 50",
    "errors < 0.0",
    "errors < 1",
    "errors + 0 < 0.1",
    "errors < p99",
    "errors < baseline.p99",
    "baseline.errors < 0.1",
    "errors < baseline.errors * baseline.errors",
    "errors < 1 / baseline.errors",
    "errors < baseline.errors / 0",
    "errors < max(0.1, baseline.errors)",
    "errors < cons + 1",
    "errors < -p99",
    "errors < 1 - baseline.errors",
    "errors < baseline.errors - 0.1",
    "served > baseline.served + 0.1",
    "p99 > 0.5 * baseline.p99",
    "p99 < 0 - 5",
  ])("%s", (text) => {
    expect(formOf(text)).toBeUndefined();
  });
});
