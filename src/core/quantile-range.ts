import { type Growth, pooledBuckets, quantileOf } from "./counts.ts";
import { type Interval, interval } from "./interval.ts";

/**
 * Where a quantile is, missed at any look with a chance of `miss` at most: the quantiles of the shares between which the
 * share of events below it may lie, given how many there were (Howard and Ramdas, Sequential estimation of quantiles,
 * Bernoulli 28, 2022, by the same inversion). In the metric's unit; undefined where the upper end lies beyond the histogram.
 */
export function quantileRange(
  { quantile, scale }: { readonly quantile: number; readonly scale: number },
  growths: readonly Growth[],
  miss: number,
): Interval | undefined {
  const buckets = pooledBuckets(growths);
  const all = buckets.at(-1)?.count ?? 0;
  const { low, high } = interval({ bad: (1 - quantile) * all, all }, miss);
  const from = quantileOf(Math.max(Number.EPSILON, 1 - high), buckets);
  const to = quantileOf(1 - low, buckets);
  if (from === undefined || to === undefined || to.atLeast) return undefined;
  return { low: from.value * scale, high: to.value * scale };
}
