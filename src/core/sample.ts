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
