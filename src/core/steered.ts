import type { Paces } from "./pace.ts";
import type { Seen } from "./plan.ts";
import { type Beaten, readBeat, readWord, type Word } from "./sign.ts";
import { grouped } from "./words.ts";

/** What people said to a rollout that runs. */
export type Steered = {
  /** Number of the last word that was taken. */
  readonly taken: number;
  /** By whom it was told to stand still, and why; undefined when it was not. */
  readonly paused: Pick<Word, "by" | "why"> | undefined;
  /** Stages that were approved. */
  readonly approved: readonly string[];
  /** The last word found nothing to do; left out before the first. */
  readonly vain?: boolean;
  /** ship's own rates, as far as they were set. */
  readonly paces: Paces;
};

/**
 * What was said to the runners of a rollout until now, as the hosts keep it: a pause and an approval outlive the run that they
 * were said to. A word that nobody has taken yet is taken by the run's first beat.
 */
export function steeredFrom(seen: ReadonlyMap<string, Seen>, rollout: string): Steered {
  const { words, taken } = saidOn(seen, rollout);
  const last = words.at(-1);
  const paused = last?.word === "pause" && last.number <= taken ? last : keptPause(last);
  // A resume that nobody took has nothing left to do: the run does not stand still.
  const heard = last?.word === "resume" ? Math.max(taken, last.number) : taken;
  const approved = [...new Set(words.flatMap((word) => word.approved))];
  return { taken: heard, paused, approved, paces: last?.paces ?? [] };
}

/** A rate that is set while it stands still leaves it so, and so does what is changed beside it. */
function keptPause(last: Word | undefined): Steered["paused"] {
  const by = last?.word === "rate" || last?.word === "remeasure" ? last.pausedBy : "";
  return by === "" ? undefined : { by, why: "" };
}

/** The words that lie on the hosts for a rollout, oldest first, the last that was taken, the stage that its run has come to, and its options. */
export function saidOn(seen: ReadonlyMap<string, Seen>, rollout: string) {
  const signs = [...seen.values()].flatMap((one) => (one.type === "observed" ? [one.observation.signs] : []));
  const words = signs.flatMap(({ word }) => readWord(word) ?? []).filter((word) => word.rollout === rollout);
  const beats = signs.flatMap(({ beat }) => readBeat(beat) ?? []).filter((beat) => beat.rollout === rollout);
  const newest = Math.max(0, ...beats.map(({ generation }) => generation));
  const last = beats.filter(({ generation }) => generation === newest);
  return {
    words: words.sort((a, b) => a.number - b.number),
    taken: Math.max(0, ...beats.map((beat) => beat.taken)),
    stage: mostSaid(fresh(last)),
    typed: agreed(last),
  };
}

/**
 * Those that were left last, as far as two of them bear each other out: all witnesses get the same count, and what lies on
 * hosts that are witnesses no more counts no longer. A count that nobody shares may be a lie.
 */
function fresh(beats: readonly Beaten[]): readonly Beaten[] {
  const counts = beats.map(({ count }) => count).sort((a, b) => b - a);
  const shared = counts.find((count, at) => count - (counts[at + 1] ?? Number.NEGATIVE_INFINITY) <= 1);
  return shared === undefined ? beats : beats.filter(({ count }) => count === shared || count === shared - 1);
}

/** The stage that more witnesses name than any other, as what is approved must not be one host's choice; empty where none is. */
function mostSaid(beats: readonly Beaten[]): string {
  const named = [...grouped(beats, ({ stage }) => stage)].sort(([, a], [, b]) => b.length - a.length);
  const [[stage, most] = ["", []], [, next] = ["", []]] = named;
  return most.length > next.length ? stage : "";
}

/** The options that the last run was asked with, where all its witnesses say the same: one of them that lies decides nothing. */
function agreed(beats: readonly Beaten[]): string {
  const said = new Set(beats.map(({ typed }) => typed));
  const [first = ""] = said;
  return said.size === 1 ? first : "";
}
