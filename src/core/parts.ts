import { type AssertionPolicy, type Component, cohortsUntil, judgedAfter } from "./component.ts";
import type { Host } from "./fleet.ts";
import type { StagePlan } from "./plan.ts";
import type { View } from "./track.ts";

/** What is said of some hosts, or of all. */
type About = { readonly on?: ReadonlySet<string> };

/** Is it said of this host? */
export function isOn({ on }: About, host: string): boolean {
  return on?.has(host) ?? true;
}

/** The component as it is on a host: where it is of several services, with what that one is looked at and measured by. */
export function componentOn(component: Component, { name }: Pick<Host, "name">): Component {
  return component.parts?.find(({ hosts }) => hosts.has(name))?.component ?? component;
}

/** What a service's own metric is called among those of several. */
export function metricIn(part: string, metric: string): string {
  return `${part}.${metric}`;
}

/** What is judged, with the assertion's own hosts alone. */
export function viewOn(policy: AssertionPolicy, view: View): View {
  if (policy.on === undefined) return view;
  const { changed, baseline, fleet } = view;
  const isOwn = (host: string) => isOn(policy, host);
  const since = new Map([...changed.since].filter(([host]) => isOwn(host)));
  return { ...view, changed: { ...changed, since }, baseline: baseline.filter(isOwn), fleet: fleet.filter(isOwn) };
}

/**
 * The assertions that a stage is judged by: those whose cohort had its turn, and of a service none of whose hosts had it
 * nothing is asked, as nothing can be known of it.
 */
export function judgedInStage(
  { assertions }: Component,
  stages: readonly StagePlan[],
  index: number,
): readonly AssertionPolicy[] {
  const until = stages.slice(0, index + 1);
  return judgedAfter(assertions, cohortsUntil(stages, index)).filter(
    (policy) => policy.on === undefined || until.some(({ hosts }) => hosts.some(({ host }) => isOn(policy, host))),
  );
}
