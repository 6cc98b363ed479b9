import type { MetricPolicy, MetricShape } from "./component.ts";

/** Why there is no number. Each is a cause of undecided, and never a number. */
export type Cause = "no-data" | "nan" | "non-finite" | "stale" | "too-few" | "provider-error" | "several-series";

/**
 * One reading of a metric on one host. Counters are cumulative, as the process counts them since its start; what they
 * grew by, and what a restart takes away, is worked out in core. The keys of `series` name a role and a time series:
 * `value{…}` for a rate, `bad{…}` and `all{…}` for a ratio, `le=0.05{…}` (cumulative buckets) for a quantile.
 */
export type Reading =
  | { readonly type: "gauge"; readonly value: number }
  | { readonly type: "counters"; readonly series: Readonly<Record<string, number>> }
  /** The service's main process: another identity than before is a restart. `count` where a supervisor counts. */
  | { readonly type: "identity"; readonly identity: string; readonly count: number | undefined }
  | { readonly type: "missing"; readonly cause: Cause; readonly detail: string };

export type Sample = {
  readonly metric: string;
  readonly host: string;
  /** ms since the epoch, by our clock, when the answer came. */
  readonly at: number;
  readonly reading: Reading;
};

/** A metric as judgement sees it, declared or free: what its readings are made into, and how hosts' numbers join. */
export type Measure = {
  readonly name: string;
  readonly shape: MetricShape | { readonly type: "restarts" };
  readonly across: MetricPolicy["across"];
};

/** Free and declared metrics by name. */
export function measuresOf(metrics: readonly MetricPolicy[]): ReadonlyMap<string, Measure> {
  return new Map([...freeMeasures, ...metrics].map((measure) => [measure.name, measure]));
}

/** Measured for every component, with no exporter: health as 1 or 0, restarts since the change, bytes, and cores in use. */
const freeMeasures: readonly Measure[] = [
  { name: "healthy", shape: { type: "gauge" }, across: "mean" },
  { name: "restarts", shape: { type: "restarts" }, across: "sum" },
  { name: "rss", shape: { type: "gauge" }, across: "mean" },
  { name: "cpu", shape: { type: "rate" }, across: "mean" },
];
