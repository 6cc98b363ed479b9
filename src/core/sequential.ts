import { allowed, type Bound, type Counts, greatestLikelihood } from "./bound.ts";
import { dispersionOf } from "./dispersion.ts";
import { logMarginal, logSum, minus, nothing, plus, rateOf, type Tally } from "./likelihood.ts";

/** What was counted between two readings. `index` counts them from 1, with those that were added to the first. */
export type Batch = Counts & { readonly index: number };

/**
 * The batches, with what was counted since. Only changed hosts' events can break a bound, so a batch without any
 * becomes one with its neighbour. Of a list that is full (`most`, 2 or more) the two oldest become one: when the change
 * went bad inside them is no longer asked, which can only lower the evidence.
 */
export function remember(batches: readonly Batch[], counts: Counts, most = 240): readonly Batch[] {
  const oldest = batches[0];
  const last = batches.at(-1);
  if (oldest === undefined || last === undefined) return [{ ...counts, index: 1 }];
  const joins = counts.changed.all === 0 || last.changed.all === 0;
  if (joins) return [...batches.slice(0, -1), { ...together(last, counts), index: last.index }];
  const kept = batches.length < most ? batches : withOldest(oldest, batches.slice(1));
  return [...kept, { ...counts, index: last.index + 1 }];
}

function withOldest(oldest: Batch, later: readonly Batch[]): readonly Batch[] {
  return later.map((batch, at) => (at === 0 ? { ...together(oldest, batch), index: oldest.index } : batch));
}

/**
 * Evidence that the bound is broken: the natural log of an e-process against "it is kept". While it is kept, the chance
 * that this ever reaches log(1 / alpha) is at most alpha, however often one looks (Ville, Étude critique de la notion
 * de collectif, 1939). It is a mixture over the reading with which the change may have gone bad, so that a failure that
 * begins late is not drowned by a good past (Robbins 1970; Shin, Ramdas and Rinaldo, E-detectors, 2023): the weight of
 * the t-th is 1 / (t (t + 1)), and what is left of the weight stays at one. Zero without batches.
 *
 * A relative bound is judged on sums of batches: it needs that the baseline's share of all events does not change much
 * from batch to batch, so a stage that changes more hosts starts a new list.
 */
export function against(bound: Bound, batches: readonly Batch[]): number {
  const evidence = evidenceAgainst(bound, "kept");
  return mixed(startsOf(bound, batches), ({ since, before }) => evidence(since, before));
}

/**
 * Whether the bound is broken, at a chance of alpha to say so of one that is kept, over all looks together. Real errors
 * come in bursts: where the bad share jumps more from batch to batch than independent events would, the counts are worth
 * as many independent events as that leaves (Kish's effective sample, Survey Sampling, 1965). And no single batch says
 * it: half the evidence (in its logarithm) must be there without the worst.
 */
export function isExceeded(
  bound: Bound,
  batches: readonly Batch[],
  alpha: number,
  evidence = against(bound, batches),
): boolean {
  const enough = -Math.log(alpha);
  if (evidence < enough) return false;
  const worth = effective(batches);
  return against(bound, worth) >= enough && withoutWorst(bound, worth) >= enough / 2;
}

function effective(batches: readonly Batch[]): readonly Batch[] {
  const dispersion = dispersionOf(batches);
  const tempered = ({ bad, all }: Tally) => ({ bad: bad / dispersion, all: all / dispersion });
  return batches.map((batch) => ({ ...batch, changed: tempered(batch.changed), baseline: tempered(batch.baseline) }));
}

function withoutWorst(bound: Bound, batches: readonly Batch[]): number {
  const evidence = evidenceAgainst(bound, "kept");
  return mixed(startsOf(bound, batches), ({ since, worst, before }) => evidence(apart(since, worst), before));
}

/**
 * Evidence that all is well: the natural log of an e-process against "the bound is reached or broken", over all
 * batches. While it is broken, the chance that this ever reaches log(1 / alpha) is at most alpha.
 */
export function within(bound: Bound, batches: readonly Batch[]): number {
  const all = batches.reduce(together, { changed: nothing, baseline: nothing });
  return evidenceAgainst(bound, "broken")(all, nothing);
}

/**
 * If the change went bad with a batch: all counted since, the worst batch since, and the baseline's events until then.
 */
type Start = { readonly index: number; readonly since: Counts; readonly worst: Counts; readonly before: Tally };

/** Newest first. The worst batch is the one with the most bad events beyond those that the bound allows. */
function startsOf(bound: Bound, batches: readonly Batch[]): readonly Start[] {
  const baseline = batches.reduce((sum, batch) => plus(sum, batch.baseline), nothing);
  const limit = allowed(bound, rateOf(baseline, 0));
  const excess = ({ changed }: Counts) => changed.bad - limit * changed.all;
  const starts: Start[] = [];
  let since: Counts = { changed: nothing, baseline: nothing };
  let worst = since;
  for (const batch of batches.toReversed()) {
    since = together(since, batch);
    if (excess(batch) > excess(worst)) worst = batch;
    starts.push({ index: batch.index, since, worst, before: minus(baseline, since.baseline) });
  }
  return starts;
}

/** The weights 1 / (t (t + 1)) of t up to n add up to 1 - 1 / (n + 1). */
function mixed(starts: readonly Start[], evidenceOf: (start: Start) => number): number {
  const newest = starts[0]?.index ?? 0;
  const values = starts.map((start) => evidenceOf(start) - Math.log(start.index * (start.index + 1)));
  return logSum([-Math.log(newest + 1), ...values]);
}

function together(left: Counts, right: Counts): Counts {
  return { changed: plus(left.changed, right.changed), baseline: plus(left.baseline, right.baseline) };
}

function apart(whole: Counts, part: Counts): Counts {
  return { changed: minus(whole.changed, part.changed), baseline: minus(whole.baseline, part.baseline) };
}

/** What the limit's odds are multiplied with, or divided by; found by simulation among grids of four to nine. */
const oddsRatios = [1.5, 2.5, 5, 10, 100];

/**
 * Log of an e-process against one side of the bound, of whatever was counted from a moment on, and on the baseline
 * before.
 *
 * Universal inference (Wasserman, Ramdas and Balakrishnan, PNAS 117, 2020): the marginal probability of the counts over
 * the greatest likelihood on that side. The baseline's marginal goes on from what was counted before that moment, which
 * is known by then. Below a limit that is a number, it is one of equally weighted parts; the others are likelihood
 * ratios of rates beyond the limit to the limit itself (Wald, Annals of Mathematical Statistics 16, 1945),
 * supermartingales for every rate on that side because the ratio rises or falls with each bad event.
 */
function evidenceAgainst(bound: Bound, side: "kept" | "broken"): (counts: Counts, before: Tally) => number {
  const universal = (counts: Counts) => logMarginal(counts.changed) - greatestLikelihood(bound, counts, side);
  if (bound.type === "relative")
    return (counts, before) => universal(counts) + logMarginal(plus(before, counts.baseline)) - logMarginal(before);
  const ratios = oddsRatios.map((ratio) => logRatio(side === "kept" ? ratio : 1 / ratio, bound.most));
  const parts = Math.log(ratios.length + 1);
  return (counts) => {
    const { bad, all } = counts.changed;
    return logSum([universal(counts), ...ratios.map((log) => all * log.each + bad * log.bad)]) - parts;
  };
}

/**
 * What an event adds to the log likelihood ratio of the rate whose odds are `ratio` times the limit's, to the limit:
 * each event, and a bad one besides.
 */
function logRatio(ratio: number, limit: number): { readonly each: number; readonly bad: number } {
  return { each: -Math.log1p(limit * (ratio - 1)), bad: Math.log(ratio) };
}
