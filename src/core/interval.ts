import { logLikelihood, logMarginal, rateOf, type Tally } from "./likelihood.ts";

/** Rates from `low` to `high`, both shares of one. */
export type Interval = { readonly low: number; readonly high: number };

/**
 * Where the true rate is: an interval of a confidence sequence, which misses it at any look, ever, with a chance of at
 * most `miss` (Ville 1939; Darling and Robbins, PNAS 58, 1967). All rates that the marginal probability of the events
 * does not exceed 1 / miss times. Everything, where there are no events.
 */
export function interval(tally: Tally, miss: number): Interval {
  if (tally.all === 0) return { low: 0, high: 1 };
  const limit = logMarginal(tally) + Math.log(miss);
  const isIn = (rate: number) => logLikelihood(tally, rate) > limit;
  const best = rateOf(tally, 0);
  return { low: isIn(0) ? 0 : edge(best, 0, isIn), high: isIn(1) ? 1 : edge(best, 1, isIn) };
}

const halvings = 64;

/** The likelihood falls on both sides of its greatest: between a rate that is in and one that is out is one edge. */
function edge(inside: number, outside: number, isIn: (rate: number) => boolean): number {
  let [near, far] = [inside, outside];
  for (let halving = 0; halving < halvings; halving += 1) {
    const middle = (near + far) / 2;
    if (isIn(middle)) near = middle;
    else far = middle;
  }
  return far;
}
