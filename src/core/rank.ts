import { normalTail } from "./normal.ts";
import { distributionOfU, isCounted } from "./rank-exact.ts";

/** Two samples in one order: their sizes, U, and the sum of t³ - t over the groups of t equal values. */
export type Ranked = { readonly m: number; readonly n: number; readonly u: number; readonly ties: number };

/** How often chance alone gives a U at least as low, as high, or as far out either way. */
export type Chances = { readonly less: number; readonly greater: number; readonly twoSided: number };

/**
 * The Mann-Whitney U test, which is the Wilcoxon rank sum test: whether the values of x tend to be larger than those of
 * y. `u` counts the pairs in which x is the larger, and half of those that are equal; `p.greater` is small when x is
 * larger. Exact without ties and with at most 2500 pairs; else by the normal approximation with mid-ranks. Only what
 * `rankable` leaves is used. Undefined when that is nothing on one side.
 */
export function rankSum(
  x: readonly number[],
  y: readonly number[],
): { readonly u: number; readonly p: Chances } | undefined {
  const ranked = pooled(rankable(x), rankable(y));
  if (ranked.m === 0 || ranked.n === 0) return undefined;
  const exact = ranked.ties === 0 && isCounted(ranked.m, ranked.n);
  return { u: ranked.u, p: exact ? exactChances(ranked) : normalChances(ranked) };
}

/** Of each side the newest are used, so that a day's bake costs no more than an hour's. */
const mostValues = 2000;

/** Beyond, the difference of two values may not be finite. */
const largest = Number.MAX_VALUE / 2;

/**
 * The values of a sample (oldest first) that are compared: the newest 2000. What is not a number, not finite or beyond
 * 9e307 is left out; whether it should have spoken against the service is for the caller to say.
 */
export function rankable(values: readonly number[]): readonly number[] {
  return values.filter((value) => Math.abs(value) <= largest).slice(-mostValues);
}

function pooled(x: readonly number[], y: readonly number[]): Ranked {
  const [ofX, ofY] = [tally(x), tally(y)];
  const ranked = { m: x.length, n: y.length, u: 0, ties: 0 };
  let below = 0;
  for (const value of [...new Set([...x, ...y])].sort((left, right) => left - right)) {
    const [inX, inY] = [ofX.get(value) ?? 0, ofY.get(value) ?? 0];
    ranked.u += inX * (below + inY / 2);
    ranked.ties += (inX + inY) ** 3 - (inX + inY);
    below += inY;
  }
  return ranked;
}

function tally(values: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The shorter tail is counted out, the longer one is what remains. */
function exactChances({ m, n, u }: Ranked): Chances {
  const end = Math.min(u, m * n - u);
  const counted = distributionOfU(m, n, end);
  const [shorter, longer] = [sum(counted), 1 - sum(counted.subarray(0, end))];
  return u === end ? chances(shorter, longer) : chances(longer, shorter);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * The normal approximation to U, its variance corrected for ties and its tails for continuity by ½, as wilcox.test of R
 * (exact = FALSE) and mannwhitneyu of SciPy (asymptotic) have it; Hollander & Wolfe, Nonparametric Statistical Methods,
 * 1973, section 4.1. When all values are the same nothing speaks against chance: 1. Few values with many ties make it far
 * too sure (a single 1 beside eleven 0 gets 0.001, where 1/12 is right): what decides should be `shift`, which is not.
 */
export function normalChances({ m, n, u, ties }: Ranked): Chances {
  const all = m + n;
  const deviation = Math.sqrt(((m * n) / 12) * (all + 1 - ties / (all * (all - 1))));
  if (deviation === 0) return chances(1, 1);
  const off = u - (m * n) / 2;
  return chances(normalTail(-(off + 0.5) / deviation), normalTail((off - 0.5) / deviation));
}

function chances(less: number, greater: number): Chances {
  return { less, greater, twoSided: Math.min(1, 2 * Math.min(less, greater)) };
}
