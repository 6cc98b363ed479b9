import type { Outcome } from "./error.ts";
import type { EndReason } from "./event.ts";
import { putBackText } from "./set-text.ts";
import type { Verdict } from "./track.ts";

export const kinds = ["release", "flag", "rate"] as const;
export type ChangeKind = (typeof kinds)[number];

/** One change of a set: `api` to v414, `flag:lxc` to on. */
export type Part = { readonly change: string; readonly kind: ChangeKind; readonly version: string };

/** Several changes of one service that are one rollout: they go in their order, and back together. */
export type ChangeSet = {
  readonly parts: readonly Part[];
  /** Which kind goes back first when one fails, with a measurement after each; undefined: all go back, newest first. */
  readonly remedy: readonly ChangeKind[] | undefined;
  readonly onBlind: "hold" | "rollback";
};

/** What ended so far, in order. `part` counts from 0; `said` is a sentence. */
export type Happened =
  | {
      readonly type: "forward" | "back";
      readonly part: number;
      readonly outcome: Outcome;
      readonly reason: EndReason | undefined;
      readonly said: string;
    }
  /** An earlier run was putting the part back when it ended. */
  | { readonly type: "turned"; readonly part: number; readonly said: string }
  | { readonly type: "measured"; readonly verdict: Verdict; readonly said: string };

/** What is to be done next. `measure`: the component's assertions on all its hosts, for as long as its last stage bakes. */
export type Step =
  | { readonly type: "forward" | "back"; readonly part: number }
  | { readonly type: "measure" }
  | { readonly type: "end"; readonly outcome: Outcome; readonly summary: string };

/** Where a part is: `astray` hosts could not all be put back. */
export type Standing = "waiting" | "proven" | "turned" | "back" | "astray" | "stopped";

export function next(set: ChangeSet, happened: readonly Happened[]): Step {
  const failed = happened.find(isBreach);
  return failed === undefined ? forward(set, happened) : backward(set, happened, failed);
}

/** How each part stands, by its last end. */
export function standings({ parts }: ChangeSet, happened: readonly Happened[]): readonly Standing[] {
  return parts.map((_, index) => {
    const last = happened.findLast((one) => one.type !== "measured" && one.part === index);
    return last === undefined || last.type === "measured" ? "waiting" : standingOf(last);
  });
}

type Ended = Extract<Happened, { readonly type: "forward" | "back" }>;
type Turned = Extract<Happened, { readonly type: "turned" }>;

function standingOf(ended: Ended | Turned): Standing {
  if (ended.type === "turned") return "turned";
  const { type, outcome } = ended;
  if (outcome === "done") return type === "forward" ? "proven" : "back";
  if (outcome === "rolled-back") return "back";
  if (type === "back") return outcome === "locked" || outcome === "interrupted" ? "stopped" : "astray";
  return isBreach(ended) ? "astray" : "stopped";
}

/** Was it found bad and put back, wholly or as far as its hosts could be reached? Whatever else ends a part says nothing against it. */
function isBreach(one: Happened): one is Ended | Turned {
  if (one.type === "turned") return true;
  if (one.type !== "forward") return false;
  return one.outcome === "rolled-back" || (one.outcome === "stuck" && one.reason === "rollback-incomplete");
}

function forward(set: ChangeSet, happened: readonly Happened[]): Step {
  const stopped = happened.find((one) => one.type === "forward" && one.outcome !== "done");
  if (stopped?.type === "forward") return { type: "end", outcome: stoppedAs(stopped, happened), summary: stopped.said };
  const part = standings(set, happened).indexOf("waiting");
  if (part >= 0) return { type: "forward", part };
  return { type: "end", outcome: "done", summary: `All ${set.parts.length} changes of the set are proven.` };
}

/** What would be a refusal stops the set where it is, once a part of it is in. */
function stoppedAs({ outcome }: Ended, happened: readonly Happened[]): Outcome {
  const isIn = happened.some((one) => one.type === "forward" && one.outcome === "done");
  return isIn && (outcome === "refused" || outcome === "unreachable" || outcome === "usage") ? "held" : outcome;
}

function backward(set: ChangeSet, happened: readonly Happened[], failed: Ended | Turned): Step {
  const last = happened.at(-1);
  const left = remaining(set, happened);
  const [part] = left;
  if (last?.type === "back" && isOver(last)) return { type: "end", outcome: last.outcome, summary: last.said };
  const turned = standings(set, happened).indexOf("turned");
  if (turned >= 0) return { type: "back", part: turned };
  if (part === undefined) return end(set, happened, failed);
  if (set.remedy === undefined) return { type: "back", part };
  if (last?.type !== "measured") return { type: "measure" };
  if (last.verdict === "pass") return end(set, happened, failed);
  if (last.verdict === "undecided" && set.onBlind === "hold") return blind(set, happened, failed);
  return { type: "back", part };
}

/** Somebody else has it, a person stopped it, or what fails is not the change: then the other parts are left as they are. */
function isOver({ outcome, reason }: Ended): boolean {
  return outcome === "locked" || outcome === "interrupted" || (outcome === "stuck" && reason === "environment");
}

/** The parts that are in, in the order in which they go back: by `remedy` where it is said, newest first otherwise. */
function remaining(set: ChangeSet, happened: readonly Happened[]): readonly number[] {
  const now = standings(set, happened);
  return set.parts
    .flatMap(({ kind }, part) => (now[part] === "proven" ? [{ part, rank: rankOf(kind, set.remedy) }] : []))
    .sort((a, b) => a.rank - b.rank || b.part - a.part)
    .map(({ part }) => part);
}

/** What `remedy` does not name goes last. */
function rankOf(kind: ChangeKind, remedy: readonly ChangeKind[] = []): number {
  const rank = remedy.indexOf(kind);
  return rank < 0 ? remedy.length : rank;
}

function end(set: ChangeSet, happened: readonly Happened[], failed: Ended | Turned): Step {
  const now = standings(set, happened);
  const outcome = now.includes("astray") ? "stuck" : "rolled-back";
  const well = now.includes("proven") ? " The evidence is good since, so that the rest stays." : "";
  return { type: "end", outcome, summary: `${failed.said} ${putBackText(set.parts, now)}${well}` };
}

/** No evidence is not proof that what was put back was to blame. */
function blind(set: ChangeSet, happened: readonly Happened[], failed: Ended | Turned): Step {
  const done = putBackText(set.parts, standings(set, happened));
  const summary = `${failed.said} ${done} Whether that mends it is not known: ${happened.findLast((one) => one.type === "measured")?.said}`;
  return { type: "end", outcome: "held", summary };
}
