import type { AssertionPolicy } from "./component.ts";
import { estimate } from "./estimate.ts";
import { evaluate } from "./evaluate.ts";
import type { Metric } from "./expression.ts";
import { estimateOf, type View } from "./track.ts";

/**
 * The changed hosts that drive a failure of all of them together: those whose own numbers are against the assertion, so
 * that one bad host of many is named; all of them where none is so alone.
 */
export function drivenBy(policy: AssertionPolicy, view: View): readonly string[] {
  const changed = [...view.changed.since.keys()];
  const against = changed.filter((host) => {
    const outcome = evaluate(policy.condition, (metric) => aloneOn(host, metric, view));
    return outcome.type === "decided" && !outcome.holds;
  });
  return against.length === 0 ? changed : against;
}

function aloneOn(host: string, metric: Metric, view: View) {
  const measure = view.measures.get(metric.name);
  if (metric.scope !== "changed" || measure === undefined || measure.grouped)
    return estimateOf(metric, host, view, view);
  return estimate(measure, [host], view);
}
