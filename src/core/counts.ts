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
  const growing: Growing = { series: new Map(), last: undefined };
  const times: number[] = [];
  let own: number | undefined;
  for (const { at, reading } of readings) {
    if (!isCounted(reading)) continue;
    growWith(growing, reading);
    times.push(at);
    if (reading.type === "growth") own = (own ?? 0) + reading.over;
  }
  const { series } = growing;
  if (own !== undefined) return { series, over: own };
  const [first, ...later] = times;
  const last = later.at(-1);
  return first === undefined || last === undefined ? undefined : { series, over: last - first };
}

/** What series grew by, and the last value of each counter; undefined before the first. */
export type Grown = {
  readonly series: ReadonlyMap<string, number>;
  readonly last: Values | undefined;
};

type Values = Readonly<Record<string, number>>;

export const ungrown: Grown = { series: new Map(), last: undefined };

/** With one more reading. */
export function grow({ series, last }: Grown, reading: Reading): Grown {
  if (!isCounted(reading)) return { series, last };
  const growing: Growing = { series: new Map(series), last };
  growWith(growing, reading);
  return growing;
}

/** What is being counted: `series` is its own, which no other holds. */
type Growing = { readonly series: Map<string, number>; last: Values | undefined };

type Counting = Extract<Reading, { readonly type: "counters" | "growth" }>;

/** In place: what many readings grew by would else be copied once for each of them. */
function growWith(growing: Growing, { type, series }: Counting): void {
  const before = type === "growth" ? {} : (growing.last ?? series);
  let again = 0;
  for (const key of Object.keys(series)) {
    const value = Number(series[key]);
    const isKnown = Object.hasOwn(before, key);
    const known = isKnown ? Number(before[key]) : 0;
    if (isKnown) again += 1;
    growing.series.set(key, (growing.series.get(key) ?? 0) + (value < known ? value : value - known));
  }
  if (type === "growth") return;
  // Nearly always the same series come again, and nothing has to be kept of those that are gone.
  growing.last = again === Object.keys(before).length ? series : { ...before, ...series };
}

function isCounted(reading: Reading): reading is Counting {
  if (reading.type !== "counters" && reading.type !== "growth") return false;
  const { series } = reading;
  return Object.keys(series).every((key) => Number.isFinite(series[key]));
}

/** Sum over the series of one role: `bad`, `all`, `value`. */
export function totalOf(role: string, { series }: Growth): number {
  const labelled = `${role}{`;
  let sum = 0;
  for (const [key, count] of series) if (key === role || key.startsWith(labelled)) sum += count;
  return sum;
}

/** A cumulative bucket: how many observations were at most `bound`. */
export type Bucket = { readonly bound: number; readonly count: number };

/**
 * Buckets of many histograms as one, by rising bound. Only bounds that all of them have can be added up, so a release
 * that changes its buckets does not bend the number.
 */
export function pooledBuckets(growths: readonly Growth[]): readonly Bucket[] {
  const edges = edgesRead();
  const histograms = growths.flatMap((growth) => histogramsIn(growth, edges));
  const counts = new Map<number, { sum: number; in: number }>();
  for (const histogram of histograms) {
    for (const [bound, count] of histogram) {
      const known = counts.get(bound);
      if (known === undefined) counts.set(bound, { sum: count, in: 1 });
      else {
        known.sum += count;
        known.in += 1;
      }
    }
  }
  const shared = [...counts].filter(([, count]) => count.in === histograms.length);
  return rising(shared.map(([bound, { sum }]) => ({ bound, count: sum })));
}

/** One histogram for each set of labels: bound → count. */
function histogramsIn({ series }: Growth, edges: (key: string) => Edge): readonly ReadonlyMap<number, number>[] {
  const histograms = new Map<string, Map<number, number>>();
  for (const [key, count] of series) {
    if (!key.startsWith("le=")) continue;
    const { bound, labels } = edges(key);
    const known = histograms.get(labels);
    if (known === undefined) histograms.set(labels, new Map([[bound, count]]));
    else known.set(bound, count);
  }
  return [...histograms.values()];
}

type Edge = { readonly bound: number; readonly labels: string };

/** Reads `le=0.05{path="/"}`, each spelling once: a thousand hosts have the same. */
function edgesRead(): (key: string) => Edge {
  const read = new Map<string, Edge>();
  return (key) => {
    const known = read.get(key) ?? edgeIn(key);
    if (!read.has(key)) read.set(key, known);
    return known;
  };
}

function edgeIn(key: string): Edge {
  const end = key.includes("{") ? key.indexOf("{") : key.length;
  const bound = key.slice("le=".length, end);
  return { bound: bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), labels: key.slice(end) };
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
