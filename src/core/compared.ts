import type { Comparison } from "./component.ts";
import { rankSum } from "./rank.ts";
import { type Shift, shift } from "./shift.ts";

/** Readings in the same minutes of hosts that have the change (`x`) and of hosts that have not (`y`), and the looks so far. */
export type Compared = { readonly hosts: ReadonlyMap<string, Levels>; readonly looks: number };

/** A host's numbers, oldest first, and the time of its newest sample (ms since the epoch): no sample is a reading twice. */
type Levels = { readonly side: "x" | "y"; readonly values: readonly number[]; readonly newest: number };

export const uncompared: Compared = { hosts: new Map(), looks: 0 };

/** A host's number now, and the time of its newest sample, ms since the epoch. */
export type Level = { readonly host: string; readonly value: number; readonly newest: number };

/** With one more reading of each host that has a newer one. A host that changes sides starts anew. */
export function comparedWith(before: Compared, x: readonly Level[], y: readonly Level[]): Compared {
  const hosts = new Map(before.hosts);
  for (const [side, levels] of [["x", x] as const, ["y", y] as const]) {
    for (const level of levels) hosts.set(level.host, longer(hosts.get(level.host), side, level));
  }
  return { hosts, looks: before.looks + 1 };
}

/** More of one host's readings than this say nothing new of how it usually is. */
const mostValues = 500;

function longer(known: Levels | undefined, side: Levels["side"], { value, newest }: Level): Levels {
  if (known?.side !== side) return { side, values: [value], newest };
  if (newest <= known.newest) return known;
  return { side, values: [...known.values, value].slice(-mostValues), newest };
}

/** What the samples say: whether changed hosts are worse by more than is let pass, and by how much they differ. */
export type Difference = {
  /** The chance that hosts which are alike ever look so different, over all tests. */
  readonly chance: number;
  readonly isWorse: boolean;
  readonly isSure: boolean;
  readonly shift: Shift;
};

/**
 * Judged by the Hodges-Lehmann interval of the shift (see `shift`): worse, when all of it lies beyond the tolerance, which
 * is a share of the baseline's median. What is compared is hosts, each by the median of its readings: readings of one host
 * are alike from one moment to the next, and would be taken for more than they are. So it needs many hosts to be sure, and
 * with few it never is. It is tested after 4, 8, 16, … looks, the k-th time at a chance of alpha / (k (k + 1)), which add
 * up to alpha. `isSure`: all of the interval (at 95%) is within the tolerance. Undefined without readings on both sides.
 */
export function differenceOf(
  { hosts, looks }: Compared,
  { direction, tolerance }: Comparison,
  alpha: number,
): Difference | undefined {
  const [x, y] = [usual(hosts, "x"), usual(hosts, "y")];
  const turn = Math.max(1, Math.log2(looks) - 1);
  const parts = turn * (turn + 1);
  const found = shift(x, y, 1 - (2 * alpha) / parts);
  const likely = shift(x, y, 0.95);
  const ranks = rankSum(x, y);
  if (found === undefined || likely === undefined || ranks === undefined) return undefined;
  const allowed = tolerance * Math.abs(median(y));
  const up = direction === "up";
  const isWorse = up ? found.low > allowed : found.high < -allowed;
  return {
    chance: Math.min(1, (up ? ranks.p.greater : ranks.p.less) * parts),
    isWorse: isWorse && looks >= 4 && Number.isInteger(turn),
    isSure: up ? likely.high <= allowed : likely.low >= -allowed,
    shift: likely,
  };
}

function usual(hosts: Compared["hosts"], side: Levels["side"]): readonly number[] {
  return [...hosts.values()].filter((one) => one.side === side).map(({ values }) => median(values));
}

/** The middle value, or the mean of the two. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low / 2 + high / 2;
}
