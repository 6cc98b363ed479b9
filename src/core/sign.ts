import type { HostRecord, Sign, Signs } from "./host.ts";
import { type Paces, pacesText, readPaces } from "./pace.ts";

/** What a runner leaves on its witnesses every few seconds: that it lives, and what it does. */
export type Beat = {
  readonly generation: number;
  readonly run: string;
  /** Counts up with each beat: two looks tell whether somebody runs, and no clock is compared. */
  readonly count: number;
  readonly rollout: string;
  /** Number of the last word that this rollout's runners took; 0 for none. */
  readonly taken: number;
  /** The stage whose turn it is; empty before the first and after the last. */
  readonly stage: string;
  readonly doing: string;
  /** The options that it was asked with, in one line that only who asked reads; empty where they are not known. */
  readonly typed: string;
  /** The last word that was taken found nothing to do: it is not as it was asked to be. */
  readonly vain: boolean;
};

/** `at`: ms since the epoch by the host's own clock. */
export type Beaten = Beat & { readonly at: number };

export const words = ["pause", "resume", "abort", "approve", "rate", "remeasure"] as const;

/** What somebody wants of whoever runs a rollout. */
export type Word = {
  /** Counts up within a rollout: a runner takes the ones that are newer than the last that it took. */
  readonly number: number;
  readonly rollout: string;
  readonly word: (typeof words)[number];
  readonly by: string;
  readonly why: string;
  /** Stages that were approved so far, by this word or one before. */
  readonly approved: readonly string[];
  /** ship's own rates as they were set so far; the one that this word sets is the last. */
  readonly paces: Paces;
  /** Who had paused it before a rate was set, where it stands still for that; empty where it does not. */
  readonly pausedBy: string;
};

type Later = "paces" | "pausedBy";

/** Who closed the component to rollouts, when (ISO 8601, by the clock there) and why. */
export type Closure = { readonly by: string; readonly at: string; readonly why: string };

/** What a sign does to the signs on a host. `at`: ms since the epoch there. The shell programs are held to it. */
export function sign(signs: Signs, record: HostRecord, asked: Sign, at: number): Signed {
  switch (asked.type) {
    case "beat":
      if (asked.generation !== record.generation || asked.run !== record.run) return { signs, answer: "stale" };
      return { signs: { ...signs, beat: `${Math.floor(at / 1000)}\t${asked.text}` }, answer: "heard" };
    case "steer":
      return { signs: { ...signs, word: asked.text }, answer: "done" };
    case "lock":
      return { signs: { ...signs, closed: asked.text }, answer: "done" };
  }
}

export type Signed = { readonly signs: Signs; readonly answer: "heard" | "done" | "stale" };

export function beatText({ generation, run, count, rollout, taken, stage, doing, typed, vain }: Beat): string {
  const known = line([String(generation), run, String(count), rollout, String(taken), stage, doing]);
  return `${known}\t${isLine(typed) ? typed : ""}\t${vain ? "vain" : ""}`;
}

/** What is cut off, or changed to fit, would be read as something else than was asked. */
function isLine(typed: string): boolean {
  return typed.length <= 1_500 && !/[\t\r\n]/.test(typed);
}

/** undefined where none lies there, or what lies there is no beat: a host is not trusted to hold what was sent. */
export function readBeat(text: string): Beaten | undefined {
  const [at, generation, run = "", count, rollout = "", taken, stage = "", doing, typed = "", vain] = fields(text);
  const numbers = [at, generation, count, taken].map(wholeNumber);
  const [seconds, g, c, t] = numbers;
  if (seconds === undefined || g === undefined || c === undefined || t === undefined || doing === undefined)
    return undefined;
  return {
    at: seconds * 1000,
    generation: g,
    run,
    count: c,
    rollout,
    taken: t,
    stage,
    doing,
    typed,
    vain: vain === "vain",
  };
}

export function wordText(said: Omit<Word, Later> & Partial<Pick<Word, Later>>): string {
  const { number, rollout, word, by, why, approved, paces = [], pausedBy = "" } = said;
  return line([String(number), rollout, word, by, why, pacesText(paces), pausedBy, ...approved]);
}

export function readWord(text: string): Word | undefined {
  const [numbered, rollout = "", said, by = "", why, paces = "", pausedBy = "", ...approved] = fields(text);
  const number = wholeNumber(numbered);
  const word = words.find((one) => one === said);
  return number === undefined || word === undefined || why === undefined
    ? undefined
    : { number, rollout, word, by, why, approved, paces: readPaces(paces), pausedBy };
}

export function closureText({ by, at, why }: Closure): string {
  return line([at, by, why]);
}

/** A lock that somebody wrote by hand counts as one: its text is the reason. */
export function readClosure(text: string): Closure | undefined {
  if (text === "") return undefined;
  const [at = "", by, why] = fields(text);
  return by === undefined || why === undefined ? { by: "", at: "", why: at } : { by, at, why };
}

/** `by ada@desk since 2026-11-21T22:30:00Z: audit`. */
export function closureSaid({ by, at, why }: Closure): string {
  return `${by === "" ? "" : `by ${by} since ${at}: `}${why}`;
}

/** One line whatever stands in it, and no longer than a sign may be. */
function line(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll(/\s+/g, " ").slice(0, 300)).join("\t");
}

function fields(text: string): readonly string[] {
  return text.slice(0, 4_000).split("\t");
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
