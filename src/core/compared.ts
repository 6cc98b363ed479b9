import type { Comparison } from "./component.ts";
import { rankSum } from "./rank.ts";
import { type Shift, shift } from "./shift.ts";

/** Readings of changed hosts (`x`) and of the others (`y`) in the same minutes, oldest first, and how often they were looked at. */
export type Compared = {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly looks: number;
  /** Time of each host's newest sample among them, ms since the epoch: the same sample is not a reading twice. */
  readonly taken: ReadonlyMap<string, number>;
};

export const uncompared: Compared = { x: [], y: [], looks: 0, taken: new Map() };

/** More than this is not used by the test. */
const mostValues = 2000;

/** A host's number now, and the time of its newest sample, ms since the epoch. */
export type Level = { readonly host: string; readonly value: number; readonly newest: number };

/** The samples with one more reading of each host that has a newer one. */
export function comparedWith(before: Compared, x: readonly Level[], y: readonly Level[]): Compared {
  const isNew = ({ host, newest }: Level) => newest > (before.taken.get(host) ?? Number.NEGATIVE_INFINITY);
  const joined = (known: readonly number[], more: readonly Level[]) =>
    [...known, ...more.filter(isNew).map(({ value }) => value)].slice(-mostValues);
  return {
    x: joined(before.x, x),
    y: joined(before.y, y),
    looks: before.looks + 1,
    taken: new Map([...before.taken, ...[...x, ...y].map(({ host, newest }) => [host, newest] as const)]),
  };
}

/** What the samples say: whether changed hosts are worse by more than is let pass, and by how much they differ. */
export type Difference = {
  /** The chance that hosts which are alike ever look so different, over all looks. */
  readonly chance: number;
  readonly isWorse: boolean;
  readonly isSure: boolean;
  readonly shift: Shift;
  readonly allowed: number;
};

/**
 * Judged by the Hodges-Lehmann interval of the shift (see `shift`): worse, when all of it lies beyond the tolerance, which
 * is a share of the baseline's median. The chance `alpha` is spent over the looks, look t taking alpha / (t (t + 1)), so
 * that looking often is not paid with false alarms. Readings of one host are alike from one moment to the next, which
 * makes the interval narrower than it should be: the tolerance is what keeps small lasting differences apart. `isSure`:
 * all of the interval (at 95%) is within the tolerance. Undefined without readings on both sides.
 */
export function differenceOf(
  { x, y, looks }: Omit<Compared, "taken">,
  { direction, tolerance }: Comparison,
  alpha: number,
): Difference | undefined {
  const spent = alpha / (Math.max(1, looks) * (looks + 1));
  const found = shift(x, y, 1 - 2 * spent);
  const usual = shift(x, y, 0.95);
  const ranks = rankSum(x, y);
  if (found === undefined || usual === undefined || ranks === undefined) return undefined;
  const allowed = tolerance * Math.abs(median(y));
  const up = direction === "up";
  return {
    chance: Math.min(1, ((up ? ranks.p.greater : ranks.p.less) * alpha) / spent),
    isWorse: up ? found.low > allowed : found.high < -allowed,
    isSure: up ? usual.high <= allowed : usual.low >= -allowed,
    shift: usual,
    allowed,
  };
}

/** The middle value, or the mean of the two. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low / 2 + high / 2;
}
