import type { Happened, Part } from "./change-set.ts";
import { readPartId, setOf } from "./part-id.ts";
import { partText } from "./set-text.ts";

/** How the hosts say that a part stands, before anything is done. */
export type Found = {
  readonly part: Part;
  /** The rollout that changed its hosts last, or that is not over there; undefined where there was none. */
  readonly rollout: string | undefined;
  /** Has that rollout not ended? */
  readonly open: boolean;
  /** `none`: proven on every host. `back`: it is being put back, and that goes on whatever was asked. */
  readonly work: "none" | "forward" | "back";
  /** Was it put back by that rollout, with a verdict against it? */
  readonly failed: boolean;
};

/** A set to be carried out: its id, its parts, and what of it ended in an earlier run. */
export type Begun = {
  readonly set: string;
  readonly parts: readonly Found[];
  readonly happened: readonly Happened[];
  readonly continued: boolean;
};

/**
 * Goes on with the set that the hosts show as unfinished, or begins a new one under the id `fresh`. What was proven by an
 * earlier set, or by itself, is no part: what this set has not brought, it does not take back.
 */
export function begin(found: readonly Found[], fresh: string): Begun {
  const unfinished = unfinishedSet(found);
  const set = unfinished ?? fresh;
  const own = found.filter((one) => setOf(one.rollout) === set);
  const done = own.filter((one, index) => one.work === "none" || isTakenOver(one, own.slice(index + 1)));
  const turned = found.filter(({ work }) => work === "back");
  const isIn = done.length + turned.length > 0;
  const failed = isIn ? own.filter(isFailed) : [];
  const back = [...failed, ...turned];
  const rest = back.length > 0 ? back : found.filter(({ work }) => work === "forward");
  const parts = found.filter((one) => done.includes(one) || rest.includes(one));
  const ended = [...done, ...back].map((one) => endedAs(one, parts.indexOf(one)));
  return { set, parts, happened: ended, continued: unfinished !== undefined };
}

function isFailed({ failed, work }: Found): boolean {
  return failed && work === "forward";
}

/**
 * Was it in, and was its rollback begun, of which no host was told yet? Its hosts only show that a run has taken them over;
 * but what comes after it in the set was begun, and failed.
 */
function isTakenOver({ open, work }: Found, after: readonly Found[]): boolean {
  return open && work === "forward" && after.some(isFailed);
}

function endedAs({ part, work, failed }: Found, index: number): Happened {
  const what = partText(part);
  if (work === "back") return { type: "turned", part: index, said: `${what} was being put back.` };
  const how = { type: "forward", part: index, reason: undefined } as const;
  if (work === "none" || !failed) return { ...how, outcome: "done", said: `${what} is proven.` };
  return { ...how, outcome: "rolled-back", said: `${what} failed, and was put back.` };
}

/** A part of it is open; or its last one that is in has others after it, and nobody has changed these since. */
function unfinishedSet(found: readonly Found[]): string | undefined {
  const needed = found.filter(({ work }) => work !== "none");
  const open = needed.flatMap((one) => (one.open ? (setOf(one.rollout) ?? []) : []));
  if (open[0] !== undefined) return open[0];
  const rollouts = found.flatMap(({ work, rollout }) => (work === "none" && rollout !== undefined ? [rollout] : []));
  const last = rollouts
    .filter((rollout) => setOf(rollout) !== undefined)
    .sort()
    .at(-1);
  const id = last === undefined ? undefined : readPartId(last);
  if (last === undefined || id === undefined || id.index >= id.count) return undefined;
  const isOlder = ({ rollout = "" }: Found) => rollout < last || setOf(rollout) === id.set;
  return needed.every(isOlder) ? id.set : undefined;
}
