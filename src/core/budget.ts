import type { AssertionPolicy, Component } from "./component.ts";
import { metricsOf } from "./expression.ts";
import { methodOf } from "./judge.ts";
import { measuresOf } from "./sample.ts";

/**
 * The chance that one assertion may take back a healthy version in one stage (counted from 0): the component's chance for
 * a whole rollout, in equal parts over the assertions that are tested, in a row that adds up to one over the stages, and
 * in equal parts over the hosts where each is judged alone (Bonferroni's inequality: parts that add up are never more).
 */
export function alphaOf(component: Component, policy: AssertionPolicy, stage: number, hosts: number): number {
  const measures = measuresOf(component.metrics);
  const tested = component.assertions.filter((one) => !one.observeOnly && methodOf(one, measures) !== "threshold");
  const alone = metricsOf(policy.condition).some(({ scope }) => scope === "each");
  const share = component.falseRollbacks / Math.max(1, tested.length) / ((stage + 1) * (stage + 2));
  return alone ? share / Math.max(1, hosts) : share;
}
