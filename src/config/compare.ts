import type { AssertionPolicy, Comparison, MetricPolicy } from "../core/component.ts";
import type { Term } from "../core/expression.ts";
import { measuresOf } from "../core/sample.ts";
import type { CompareSpec } from "./compare-schema.ts";
import type { Finding, Path } from "./document.ts";
import { nearest } from "./nearest.ts";
import { phrase } from "./phrase.ts";

type Compared = { readonly policies: readonly AssertionPolicy[]; readonly findings: readonly Finding[] };

/**
 * What is compared, as the assertions that say the same: `p99_latency <= 1.1 * baseline.p99_latency`. Counts are judged by
 * the test that any such assertion has; levels and rates, which have none, by ranks.
 */
export function comparedOf(
  written: readonly CompareSpec[],
  metrics: readonly MetricPolicy[],
  names: readonly string[],
  path: Path,
): Compared {
  const known = [...names, "rss", "cpu"];
  const measures = measuresOf(metrics);
  const unknown = written.flatMap(({ metric }, index) => {
    return known.includes(metric) ? [] : [unknownMetric(metric, known, [...path, index, "metric"])];
  });
  const policies = written.flatMap((spec) => {
    const shape = known.includes(spec.metric) ? measures.get(spec.metric)?.shape : undefined;
    if (shape === undefined) return [];
    const directions = spec.direction === "both" ? (["up", "down"] as const) : [spec.direction];
    const isCounted = shape.type === "ratio" || shape.type === "quantile";
    return directions.map((direction) => policyOf({ ...spec, direction }, isCounted));
  });
  return { policies, findings: unknown };
}

function unknownMetric(name: string, names: readonly string[], path: Path): Finding {
  const meant = nearest(name, names);
  return { path, message: `${name} is not a metric of this component`, expected: phrase(names), nearest: meant };
}

function policyOf({ metric, direction, tolerance }: Comparison, isCounted: boolean): AssertionPolicy {
  const [op, factor] = direction === "up" ? (["<=", 1 + tolerance] as const) : ([">=", 1 - tolerance] as const);
  const rounded = Number(factor.toPrecision(12));
  const limit: Term = {
    type: "arithmetic",
    op: "*",
    left: { type: "number", value: rounded },
    right: { type: "metric", scope: "baseline", name: metric },
  };
  return {
    text: `${metric} ${op} ${rounded} * baseline.${metric}`,
    condition: { type: "compare", op, left: { type: "metric", scope: "changed", name: metric }, right: limit },
    every: undefined,
    allow: { bad: 1, of: 5 },
    minEvents: 100,
    minReadings: 3,
    observeOnly: false,
    from: undefined,
    compare: isCounted ? undefined : { metric, direction, tolerance },
  };
}
