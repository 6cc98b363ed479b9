import type { AssertionPolicy } from "../component.ts";
import type { Judgement } from "../judge.ts";

/** Of the judgements of one assertion in one bake: how many took a reading, and how many found no data to read. */
export type BakeReadings = { readonly taken: number; readonly missed: number };

/**
 * Of the measurements that were begun in a bake: those in which each changed host answered (`looks`), how many were `lost`
 * as none did, and what each assertion found to read in them.
 */
export type Watched = {
  readonly looks: ReadonlyMap<string, number>;
  readonly lost: number;
  readonly readings: ReadonlyMap<string, BakeReadings>;
};

export const unwatched: Watched = { looks: new Map(), lost: 0, readings: new Map() };

/** Counts one more judgement; `earlier` is the one before it. A source that has nothing new yet is no miss. */
export function bakeReadings(
  { taken, missed }: BakeReadings = { taken: 0, missed: 0 },
  judgement: Judgement,
  earlier: Judgement | undefined,
): BakeReadings {
  if (judgement.readings > (earlier?.readings ?? 0)) return { taken: taken + 1, missed };
  const isBlind = judgement.verdict === "undecided" && judgement.causes.some(({ cause }) => cause !== "too-few");
  return isBlind ? { taken, missed: missed + 1 } : { taken, missed };
}

/**
 * A threshold passes on the readings of its stage, also on those from before the stage's last host was changed. Where the
 * bake found no data at times, these do not speak for the last hosts: as many as a verdict needs must be the bake's own.
 */
export function isThin(
  readings: BakeReadings | undefined,
  judgement: Judgement | undefined,
  { minReadings }: AssertionPolicy,
): readings is BakeReadings {
  if (readings === undefined || judgement?.verdict !== "pass" || judgement.method !== "threshold") return false;
  return readings.missed > 0 && readings.taken < minReadings;
}
