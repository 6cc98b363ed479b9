import type { AssertionPolicy } from "./component.ts";
import { type CountedForm, countedForm } from "./counted-form.ts";
import { type Metric, metricsOf, type SimpleForm, simpleForm } from "./expression.ts";
import type { Measure } from "./sample.ts";

/** What an assertion asks, read out of its condition once for all hosts that are judged by it. */
export type ReadPolicy = {
  readonly policy: AssertionPolicy;
  readonly metrics: readonly Metric[];
  readonly simple: SimpleForm | undefined;
  readonly form: CountedForm | undefined;
  /** Is it about hosts with the change, too? Then new samples of the others alone are no reading. */
  readonly isOfChange: boolean;
};

export function readPolicy(policy: AssertionPolicy, measures: ReadonlyMap<string, Measure>): ReadPolicy {
  const { condition } = policy;
  const metrics = metricsOf(condition);
  return {
    policy,
    metrics,
    simple: simpleForm(condition),
    form: policy.compare === undefined ? countedForm(condition, measures) : undefined,
    isOfChange: metrics.some(({ scope }) => scope !== "baseline"),
  };
}
