/** Events: `bad` of `all`. They need not be whole: a prediction is made on expected ones. */
export type Tally = { readonly bad: number; readonly all: number };

export const nothing: Tally = { bad: 0, all: 0 };

export function plus(left: Tally, right: Tally): Tally {
  return { bad: left.bad + right.bad, all: left.all + right.all };
}

/** What is left without a part of it; never below nothing, whatever rounding does to counts that are not whole. */
export function minus(whole: Tally, part: Tally): Tally {
  return { bad: Math.max(0, whole.bad - part.bad), all: Math.max(0, whole.all - part.all) };
}

/** The rate that explains the events best; where there are none, each does, and the caller says which. */
export function rateOf({ bad, all }: Tally, otherwise: number): number {
  return all === 0 ? otherwise : Math.min(1, bad / all);
}

/** Natural log of the probability of these events, in the order in which they came, at a true bad rate. */
export function logLikelihood(tally: Tally, rate: number): number {
  return times(tally.bad, Math.log(rate)) + times(goodOf(tally), Math.log1p(-rate));
}

/** Two counters read at slightly different moments can give more bad events than events. */
export function goodOf({ bad, all }: Tally): number {
  return Math.max(0, all - bad);
}

/** What did not happen costs nothing, not even where it could not have happened. */
function times(count: number, log: number): number {
  return count === 0 ? 0 : count * log;
}

/**
 * Rates as they may be before any event: Beta(1/5, 1). Like Krichevsky and Trofimov's Beta(1/2, 1/2) (IEEE Transactions
 * on Information Theory 27, 1981), but most of its weight is where rates of bad events are: measured, errors of 1%
 * against a good baseline are proven on a tenth to a quarter fewer events. Any prior is valid; it only decides how soon.
 */
const prior = { bad: 1 / 5, good: 1 };
const priorTotal = logBeta(prior.bad, prior.good);

/**
 * Natural log of the probability of these events, averaged over the prior (beta-binomial, Robbins, Annals of
 * Mathematical Statistics 41, 1970). Divided by the likelihood of the true rate it is a martingale that starts at one.
 */
export function logMarginal(tally: Tally): number {
  return logBeta(tally.bad + prior.bad, goodOf(tally) + prior.good) - priorTotal;
}

/**
 * Natural log of the beta function, of arguments above zero, to about 1e-14 of its value at any size: by Stirling's
 * series (Abramowitz and Stegun 6.1.41), with what grows cancelled before it is added up, as in Fullerton's SLATEC
 * dlbeta. Where the series is not exact enough, by B(p, q) = B(p + 1, q) (p + q) / p.
 */
function logBeta(left: number, right: number): number {
  let p = Math.min(left, right);
  let q = Math.max(left, right);
  let steps = 1;
  for (; p < 10; p += 1) steps *= (p + q) / p;
  for (; q < 10; q += 1) steps *= (p + q) / q;
  const sum = p + q;
  const growing = (p - 0.5) * Math.log(p / sum) + q * Math.log1p(-p / sum);
  const settled = 0.5 * Math.log((2 * Math.PI) / q) + remainder(p) + remainder(q) - remainder(sum);
  return Math.log(steps) + growing + settled;
}

/** What Stirling's formula leaves out, for x of 10 or more. */
function remainder(x: number): number {
  const square = x * x;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / x;
}

/** The log of a sum of numbers that are given, and may be too large to be anything else than, by their logs. */
export function logSum(logs: readonly number[]): number {
  const most = logs.reduce((high, log) => Math.max(high, log), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(most)) return most;
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
}
