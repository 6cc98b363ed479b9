import { goodOf, logLikelihood, rateOf, type Tally } from "./likelihood.ts";

/**
 * What a healthy service keeps. `rate`: the changed hosts' true bad rate is at most `most`. `relative`: it is at most
 * `factor` (0 or more) times the baseline's true bad rate, and `plus`. Rates, `most` and `plus` are from 0 to 1.
 */
export type Bound =
  | { readonly type: "rate"; readonly most: number }
  | { readonly type: "relative"; readonly factor: number; readonly plus: number };

/** What was counted on hosts that have the change, and at the same time on hosts that have not. */
export type Counts = { readonly changed: Tally; readonly baseline: Tally };

/** The changed hosts' greatest rate that keeps the bound, at this rate of the baseline. */
export function allowed(bound: Bound, baseline: number): number {
  return bound.type === "rate" ? bound.most : Math.min(1, bound.factor * baseline + bound.plus);
}

/**
 * Natural log of the greatest likelihood that any true rates give to the counts, among those that keep the bound, or
 * among those that reach or break it. The baseline's events count only where the bound is relative to them.
 */
export function greatestLikelihood(bound: Bound, counts: Counts, side: "kept" | "broken"): number {
  return bound.type === "rate" ? beside(bound.most, counts.changed, side) : relativeTo(bound, counts, side);
}

/** A binomial likelihood falls on both sides of the observed rate: the greatest is there, or else at the limit. */
function beside(limit: number, tally: Tally, side: "kept" | "broken"): number {
  const rate = rateOf(tally, limit);
  return logLikelihood(tally, side === "kept" ? Math.min(rate, limit) : Math.max(rate, limit));
}

type Relative = Extract<Bound, { readonly type: "relative" }>;

/** Both sides are convex and the likelihood is concave: the greatest is at the observed rates, or else on the limit. */
function relativeTo(bound: Relative, counts: Counts, side: "kept" | "broken"): number {
  const kept = side === "kept";
  const changed = rateOf(counts.changed, kept ? 0 : 1);
  const baseline = rateOf(counts.baseline, kept ? 1 : 0);
  const excess = changed - bound.factor * baseline - bound.plus;
  const rates = (kept ? excess <= 0 : excess >= 0) ? { changed, baseline } : mostLikelyOnLimit(bound, counts);
  return logLikelihood(counts.changed, rates.changed) + logLikelihood(counts.baseline, rates.baseline);
}

const halvings = 64;

/** Far below any rate that events can tell from zero, and large enough to be divided by. */
const tiny = 1e-200;

/** The rates with changed = factor * baseline + plus that explain both best: where the likelihood's slope is zero. */
function mostLikelyOnLimit(bound: Relative, counts: Counts): { readonly changed: number; readonly baseline: number } {
  const changedAt = (baseline: number) => Math.min(1, bound.factor * baseline + bound.plus);
  let low = 0;
  let high = Math.min(1, (1 - bound.plus) / Math.max(tiny, bound.factor));
  for (let halving = 0; halving < halvings; halving += 1) {
    const middle = (low + high) / 2;
    const rising = slope(counts.baseline, middle) + bound.factor * slope(counts.changed, changedAt(middle)) > 0;
    if (rising) low = middle;
    else high = middle;
  }
  const baseline = (low + high) / 2;
  return { changed: changedAt(baseline), baseline };
}

/** Derivative of the log likelihood by the rate. */
function slope(tally: Tally, rate: number): number {
  return tally.bad / Math.max(tiny, rate) - goodOf(tally) / Math.max(tiny, 1 - rate);
}
