import type { Reading } from "./sample.ts";
import type { Timed } from "./window.ts";

/** By how much each series of a counter grew, over the ms between the first and the last reading. */
export type Growth = { readonly series: ReadonlyMap<string, number>; readonly over: number };

/**
 * Growth over the readings of one host, oldest first. A value smaller than the last is a restart of the counter, and the
 * new value is what it grew since. A series that was not there before grew from nothing; one that went away and came
 * back goes on from where it was. Undefined while nothing can be subtracted: for fewer than two readings of a counter that
 * are finite throughout.
 */
export function growth(readings: readonly Timed[]): Growth | undefined {
  const counted = readings.filter(({ reading }) => isCounted(reading));
  const own = counted.flatMap(({ reading }) => (reading.type === "growth" ? [reading.over] : []));
  const { series } = counted.reduce((before, { reading }) => grow(before, reading), ungrown);
  if (own.length > 0) return { series, over: own.reduce((sum, over) => sum + over, 0) };
  const [first, ...later] = counted;
  const last = later.at(-1);
  return first === undefined || last === undefined ? undefined : { series, over: last.at - first.at };
}

/** What series grew by, and the last value of each counter; undefined before the first. */
export type Grown = {
  readonly series: ReadonlyMap<string, number>;
  readonly last: ReadonlyMap<string, number> | undefined;
};

export const ungrown: Grown = { series: new Map(), last: undefined };

/** With one more reading. */
export function grow({ series, last }: Grown, reading: Reading): Grown {
  if (!isCounted(reading)) return { series, last };
  const sum = new Map(series);
  for (const [key, value] of Object.entries(reading.series)) {
    const known = reading.type === "growth" ? 0 : last === undefined ? value : (last.get(key) ?? 0);
    sum.set(key, (sum.get(key) ?? 0) + (value < known ? value : value - known));
  }
  const now = reading.type === "growth" ? last : new Map([...(last ?? []), ...Object.entries(reading.series)]);
  return { series: sum, last: now };
}

function isCounted(reading: Reading): reading is Extract<Reading, { readonly type: "counters" | "growth" }> {
  return (
    (reading.type === "counters" || reading.type === "growth") && Object.values(reading.series).every(Number.isFinite)
  );
}

/** Sum over the series of one role: `bad`, `all`, `value`. */
export function totalOf(role: string, { series }: Growth): number {
  return [...series].reduce((sum, [key, count]) => (roleOf(key) === role ? sum + count : sum), 0);
}

function roleOf(key: string): string {
  return key.replace(/\{.*$/s, "");
}

/** A cumulative bucket: how many observations were at most `bound`. */
export type Bucket = { readonly bound: number; readonly count: number };

/**
 * Buckets of many histograms as one, by rising bound. Only bounds that all of them have can be added up, so a release
 * that changes its buckets does not bend the number.
 */
export function pooledBuckets(growths: readonly Growth[]): readonly Bucket[] {
  const histograms = growths.flatMap(histogramsIn);
  const counts = new Map<number, { sum: number; in: number }>();
  for (const histogram of histograms) {
    for (const [bound, count] of histogram) {
      const known = counts.get(bound) ?? { sum: 0, in: 0 };
      counts.set(bound, { sum: known.sum + count, in: known.in + 1 });
    }
  }
  const shared = [...counts].filter(([, count]) => count.in === histograms.length);
  return rising(shared.map(([bound, { sum }]) => ({ bound, count: sum })));
}

/** One histogram for each set of labels: bound → count. */
function histogramsIn({ series }: Growth): readonly ReadonlyMap<number, number>[] {
  const histograms = new Map<string, Map<number, number>>();
  for (const [key, count] of series) {
    const [, bound, labels = ""] = /^le=([^{]*)(.*)$/s.exec(key) ?? [];
    if (bound === undefined) continue;
    const histogram = histograms.get(labels) ?? new Map<number, number>();
    histogram.set(bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), count);
    histograms.set(labels, histogram);
  }
  return [...histograms.values()];
}

/** Counts read at slightly different moments can fall with the bound, which cumulative counts cannot: the larger counts. */
function rising(buckets: readonly Bucket[]): readonly Bucket[] {
  let most = 0;
  return [...buckets]
    .sort((left, right) => left.bound - right.bound)
    .map(({ bound, count }) => {
      most = Math.max(most, count);
      return { bound, count: most };
    });
}

/**
 * A quantile by linear interpolation within its bucket, as Prometheus' histogram_quantile does it (promql/quantile.go,
 * bucketQuantile). `atLeast` says that it lies above the highest finite bound, and is only known to be more than that.
 * Undefined without observations, without a +Inf bucket, or without a finite one.
 */
export function quantileOf(
  quantile: number,
  buckets: readonly Bucket[],
): { readonly value: number; readonly atLeast: boolean } | undefined {
  const all = buckets.at(-1);
  const highest = buckets.at(-2);
  if (all?.bound !== Number.POSITIVE_INFINITY || highest === undefined || all.count === 0) return undefined;
  const rank = quantile * all.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  if (bucket === undefined || bucket === all) return { value: highest.bound, atLeast: true };
  const below = buckets[index - 1];
  if (below === undefined && bucket.bound <= 0) return { value: bucket.bound, atLeast: false };
  const { bound: start, count: before } = below ?? { bound: 0, count: 0 };
  const share = (rank - before) / (bucket.count - before);
  return { value: start + (bucket.bound - start) * share, atLeast: false };
}
