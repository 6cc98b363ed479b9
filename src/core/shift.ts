import { differenceAt } from "./difference.ts";
import { normalTail } from "./normal.ts";
import { rankable } from "./rank.ts";
import { distributionOfU, isCounted } from "./rank-exact.ts";

/** By how much values of x lie above those of y, in their unit, and between which bounds at the confidence asked for. */
export type Shift = { readonly estimate: number; readonly low: number; readonly high: number };

/**
 * The Hodges-Lehmann estimate: the median of the m·n differences x - y (the mean of the two middle ones when m·n is
 * even), which is not the difference of the medians (Hodges & Lehmann, Estimates of Location Based on Rank Tests, Ann.
 * Math. Statist. 34, 1963). Its interval goes from the C-th smallest to the C-th largest difference, both included,
 * where C is the largest with P(U ≤ C - 1) ≤ (1 - confidence)/2 (Moses; Hollander & Wolfe, Nonparametric Statistical
 * Methods, 1973, section 4.3). Up to 2500 pairs by the exact distribution of U, with ties too: they only make the closed
 * interval surer (Noether, Wilcoxon Confidence Intervals for Location Parameters in the Discrete Case, JASA 62, 1967).
 *
 * `confidence` lies between 0 and 1. Where no C is that sure, as with 1 value against 11 at 99.9%, the bounds are
 * infinite. Only what `rankable` leaves is used; undefined when that is nothing on one side.
 */
export function shift(x: readonly number[], y: readonly number[], confidence: number): Shift | undefined {
  const [left, right] = [ascending(rankable(x)), ascending(rankable(y))];
  const pairs = left.length * right.length;
  if (pairs === 0) return undefined;
  const at = (k: number) => differenceAt(k, left, right);
  const estimate = at(Math.ceil(pairs / 2)) / 2 + at(Math.floor(pairs / 2) + 1) / 2;
  const rank = outermost(left.length, right.length, (1 - confidence) / 2);
  return rank === 0
    ? { estimate, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
    : { estimate, low: at(rank), high: at(pairs + 1 - rank) };
}

function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** So much of a chance may be lost in rounding: 1 - 0.9 is a little less than a tenth. */
const rounding = 1e-9;

/** C of the interval; 0 when even the smallest and the largest difference are not sure enough. */
function outermost(m: number, n: number, chance: number): number {
  const allowed = chance * (1 + rounding);
  return isCounted(m, n) ? countedRank(m, n, allowed) : normalRank(m, n, allowed);
}

function countedRank(m: number, n: number, allowed: number): number {
  let [rank, total] = [0, 0];
  for (const chance of distributionOfU(m, n, Math.floor((m * n) / 2))) {
    total += chance;
    if (total <= allowed) rank += 1;
  }
  return rank;
}

/** The whole part of mn/2 - z·√(mn(m+n+1)/12), found by halving (Hollander & Wolfe, section 4.3, large samples). */
function normalRank(m: number, n: number, allowed: number): number {
  const [mean, deviation] = [(m * n) / 2, Math.sqrt((m * n * (m + n + 1)) / 12)];
  let [low, high] = [0, Math.floor(mean)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (normalTail((mean - middle) / deviation) <= allowed) low = middle;
    else high = middle - 1;
  }
  return low;
}
