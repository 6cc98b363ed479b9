import type { Component } from "./component.ts";
import { type Bucket, type Growth, growth, pooledBuckets, totalOf } from "./counts.ts";
import type { Moment } from "./estimate.ts";
import type { Scope } from "./expression.ts";
import type { StagePlan } from "./plan.ts";
import type { Measure } from "./sample.ts";
import { historyOf } from "./window.ts";

/** One stage at its end, with the fleet as it was measured before anything was changed. */
export type Scene = {
  readonly component: Component;
  readonly measures: ReadonlyMap<string, Measure>;
  /** All hosts are in it as if they had the change: they are the evidence for what changed hosts will have. */
  readonly moment: Moment;
  readonly stage: StagePlan;
  readonly index: number;
  /** Cohorts that had their turn by then. */
  readonly cohorts: readonly string[];
  /** Hosts that have the change by then, earlier stages included, and those that do not. */
  readonly changed: readonly string[];
  readonly baseline: readonly string[];
};

/** All hosts of a scene. */
export function fleetOf({ changed, baseline }: Pick<Scene, "changed" | "baseline">): readonly string[] {
  return [...changed, ...baseline];
}

/** The metric, where it is made of counts that each host has by itself. */
export function countedMeasure(name: string, { measures }: Scene): Measure | undefined {
  const measure = measures.get(name);
  const isCounted = measure?.shape.type === "ratio" || measure?.shape.type === "quantile";
  return isCounted && !measure.grouped ? measure : undefined;
}

/** Events a second behind a metric, as its hosts have them now: of the one with the fewest, where each is judged alone. */
export function trafficOf(measure: Measure, scope: Scope, scene: Scene): number | undefined {
  const { changed, baseline, moment } = scene;
  const hosts = { changed, each: changed, baseline, fleet: fleetOf(scene) }[scope];
  const rates = hosts.flatMap((host) => rateOn(measure, host, moment) ?? []);
  if (rates.length === 0) return undefined;
  return scope === "each" ? Math.min(...rates) : rates.reduce((sum, rate) => sum + rate, 0);
}

/** ms between two samples of a source that has its own pace, such as a server that scrapes; 0 where we set it. */
export function sourceEvery(name: string, { moment }: Scene): number {
  const histories = [...(moment.evidence.get(name)?.values() ?? [])];
  const gaps = histories.map(({ readings }) => {
    const stamped = readings.filter(({ stamp }) => stamp !== undefined).map(({ at }) => at);
    const between = stamped.slice(1).map((at, index) => at - Number(stamped[index]));
    return between.length === 0 ? 0 : Math.min(...between);
  });
  return Math.max(0, ...gaps);
}

function rateOn(measure: Measure, host: string, moment: Moment): number | undefined {
  const grown = grownOn(measure, host, moment);
  return grown === undefined || grown.over <= 0 ? undefined : (eventsIn(measure, grown) / grown.over) * 1000;
}

function grownOn(measure: Measure, host: string, moment: Moment): Growth | undefined {
  const history = historyOf(moment.evidence, measure.name, host, moment.changed);
  return history === undefined ? undefined : growth(history.readings);
}

function eventsIn({ shape }: Measure, grown: Growth): number {
  return shape.type === "ratio" ? totalOf("all", grown) : allIn(pooledBuckets([grown]));
}

/** What the counters of hosts grew by while they were measured. */
export function growthsOn(measure: Measure, hosts: readonly string[], moment: Moment): readonly Growth[] {
  return hosts.flatMap((host) => grownOn(measure, host, moment) ?? []);
}

/** The share of some events above a limit in the histogram's own unit, evenly spread within a bucket. */
export function shareAbove(limit: number, buckets: readonly Bucket[]): number {
  const all = allIn(buckets);
  const index = buckets.findIndex(({ bound }) => bound >= limit);
  const bucket = buckets[index];
  const below = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (bucket === undefined) return 0;
  // Nothing is known of how events lie above the highest finite edge: they count as above the limit.
  const part = limit === bucket.bound ? 1 : (limit - below.bound) / (bucket.bound - below.bound);
  return 1 - (below.count + (bucket.count - below.count) * part) / all;
}

function allIn(buckets: readonly Bucket[]): number {
  return buckets.at(-1)?.count ?? 0;
}
