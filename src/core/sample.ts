import type { MetricPolicy, MetricShape } from "./component.ts";

/** Why there is no number. Each is a cause of undecided, and never a number. */
export type Cause =
  | "no-data"
  | "nan"
  | "non-finite"
  | "stale"
  | "too-few"
  | "provider-error"
  | "several-series"
  /** Hosts without the change are as bad: it does not speak against the change. */
  | "environment";

/**
 * One reading of a metric on one host. Counters are cumulative, as the process counts them since its start; what they
 * grew by, and what a restart takes away, is worked out in core. The keys of `series` name a role and a time series:
 * `value{…}` for a rate, `bad{…}` and `all{…}` for a ratio, `le=0.05{…}` (cumulative buckets) for a quantile.
 */
export type Reading =
  | { readonly type: "gauge"; readonly value: number }
  | { readonly type: "counters"; readonly series: Readonly<Record<string, number>> }
  /** The same series, counted by ship itself since its last reading: what they grew by over so many ms. */
  | { readonly type: "growth"; readonly series: Readonly<Record<string, number>>; readonly over: number }
  /** The service's main process: another identity than before is a restart. `count` where a supervisor counts. */
  | { readonly type: "identity"; readonly identity: string; readonly count: number | undefined }
  | { readonly type: "missing"; readonly cause: Cause; readonly detail: string };

export type Sample = {
  readonly metric: string;
  /** The host that it is of; or one of `groups`, where one number is of many hosts. */
  readonly host: string;
  /** ms since the epoch, by our clock: when the answer came, or how old it said to be before that. */
  readonly at: number;
  readonly reading: Reading;
  /** Who gave it, as the verdict says it: `prometheus http://prometheus:9090`. Counts of two origins are never subtracted. */
  readonly origin: string;
  /** The source's own time of it (any unit): two with the same stamp are one sample that was read twice. */
  readonly stamp?: number | undefined;
  /** When the process started that counted it, ms since the epoch by the host's clock, where the source says so. */
  readonly start?: number | undefined;
};

/** Names under which numbers of many hosts at once stand. No host has such a name. */
export const groups = { changed: "@changed", baseline: "@baseline", fleet: "@fleet" } as const;

/** A metric as judgement sees it, declared or free: what its readings are made into, and how hosts' numbers join. */
export type Measure = {
  readonly name: string;
  readonly shape: MetricShape | { readonly type: "restarts" };
  readonly across: MetricPolicy["across"];
  /** Its source gives one number for a group of hosts, and none for each. */
  readonly grouped: boolean;
};

/** Free and declared metrics by name. */
export function measuresOf(metrics: readonly MetricPolicy[]): ReadonlyMap<string, Measure> {
  return new Map([...freeMeasures, ...metrics].map((measure) => [measure.name, measure]));
}

/** Measured for every component, with no exporter: health as 1 or 0, restarts since the change, bytes, and cores in use. */
const freeMeasures: readonly Measure[] = [
  { name: "healthy", shape: { type: "gauge" }, across: "mean", grouped: false },
  { name: "restarts", shape: { type: "restarts" }, across: "sum", grouped: false },
  { name: "rss", shape: { type: "gauge" }, across: "mean", grouped: false },
  { name: "cpu", shape: { type: "rate" }, across: "mean", grouped: false },
];
