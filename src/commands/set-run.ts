import { randomBytes } from "node:crypto";
import { type ChangeSet, type Happened, next, type Step, standings } from "../core/change-set.ts";
import { exits } from "../core/error.ts";
import { setOf } from "../core/part-id.ts";
import { endPart, hintFor } from "../core/set-end.ts";
import { type Begun, begin, type Found } from "../core/set-found.ts";
import { attend } from "../engine/attend.ts";
import { allowed } from "./allowed.ts";
import { confirmOverrides } from "./confirm.ts";
import { refuseHeld } from "./held.ts";
import { byHere, livesHere } from "./identity.ts";
import { overridesOf } from "./request.ts";
import type { Opened, Session } from "./session.ts";
import { backward } from "./set-back.ts";
import { forward } from "./set-forward.ts";
import { measured } from "./set-measure.ts";
import { type Looked, lookAt, type Place } from "./set-part.ts";

/** A set that is being carried out. `rollouts`: which rollout each of its parts is, as far as they have begun. */
export type SetRun = {
  readonly session: Session;
  /** The component that all parts are about. */
  readonly opened: Opened;
  readonly set: string;
  readonly parts: readonly Looked[];
  readonly rollouts: Map<number, string>;
  /** ms since the epoch. */
  readonly startedAt: number;
};

/** Carries a set out, or goes on with it where the hosts show that an earlier run has left it. */
export async function runSet(session: Session, opened: Opened, places: readonly Place[]): Promise<number> {
  const startedAt = opened.world.clock.now();
  const looked = await Promise.all(places.map((place) => lookAt(session, place)));
  const begun = begin(
    looked.map(({ found }) => found),
    randomBytes(4).toString("hex"),
  );
  const parts = looked.filter(({ found }) => begun.parts.includes(found));
  const rollouts = new Map(parts.flatMap(({ found }, index) => ownOf(found, begun.set, index)));
  const run: SetRun = { session, opened, set: begun.set, parts, rollouts, startedAt };
  if (looked.every(({ found }) => found.work === "none")) return nothing({ ...run, set: "" }, looked);
  refuse(begun, parts);
  if (begun.continued) await Promise.all(parts.map(alone));
  await confirmOverrides(
    session,
    parts.slice(0, 1).flatMap(({ request }) => overridesOf(request)),
  );
  return carryOut(run, looked, begun.happened);
}

/** The rollout of a part that an earlier run has begun. */
function ownOf({ rollout, open }: Found, set: string, index: number): readonly (readonly [number, string])[] {
  return rollout !== undefined && (open || setOf(rollout) === set) ? [[index, rollout]] : [];
}

/** Nothing is begun of a set of which a part must not be. */
function refuse({ happened }: Begun, parts: readonly Looked[]): void {
  const ended = new Set(happened.map((one) => (one.type === "measured" ? -1 : one.part)));
  for (const [index, { prepared }] of parts.entries()) if (!ended.has(index)) allowed(prepared);
}

/** What is gone on with may be going on: whoever is at a part of it is not disturbed. */
async function alone({ opened: { world, targets, component } }: Looked): Promise<void> {
  // How the service is, the part's own look says.
  const attended = await attend(world, { ...targets, component: { ...component, healthy: undefined } }, livesHere);
  if (attended.type === "held") refuseHeld(attended, component.name);
}

async function carryOut(run: SetRun, all: readonly Looked[], before: readonly Happened[]): Promise<number> {
  const { onBlind, remedy } = run.opened.component;
  const set: ChangeSet = { parts: run.parts.map(({ part }) => part), remedy, onBlind };
  let happened = before;
  for (;;) {
    const step = next(set, happened);
    if (step.type === "end") return ended(run, all, { step, set, happened });
    happened = [...happened, await taken(run, step, happened)];
  }
}

function taken(
  run: SetRun,
  step: Exclude<Step, { readonly type: "end" }>,
  happened: readonly Happened[],
): Promise<Happened> {
  switch (step.type) {
    case "forward":
      return forward(run, step.part, happened);
    case "back":
      return backward(run, step.part);
    case "measure":
      return measured(run);
  }
}

type End = {
  readonly step: Extract<Step, { readonly type: "end" }>;
  readonly set: ChangeSet;
  readonly happened: readonly Happened[];
};

function ended(run: SetRun, all: readonly Looked[], { step, set, happened }: End): number {
  const { outcome, summary } = step;
  const now = standings(set, happened);
  const parts = all.map((one) => {
    const index = run.parts.indexOf(one);
    return endPart(one.part, { standing: now[index], rollout: run.rollouts.get(index), outcome });
  });
  const hint = hintFor(outcome, run.opened.component.name, run.set);
  return tellEnd(run, { outcome, summary, hint, parts });
}

function nothing(run: SetRun, all: readonly Looked[]): number {
  const summary = `${all.length === 1 ? "The one change" : `All ${all.length} changes`} of the set ${all.length === 1 ? "is" : "are"} proven already; nothing was changed.`;
  const parts = all.map(({ part }) => endPart(part, { standing: undefined, rollout: undefined, outcome: "done" }));
  return tellEnd(run, { outcome: "done", summary, hint: undefined, parts });
}

type Told = Parameters<typeof hintFor>[0];
type EndTold = {
  readonly outcome: Told;
  readonly summary: string;
  readonly hint: string | undefined;
  readonly parts: readonly ReturnType<typeof endPart>[];
};

function tellEnd({ session, opened, set, parts, startedAt }: SetRun, told: EndTold): number {
  const exit = exits[told.outcome];
  session.tell({
    type: "set.ended",
    set,
    component: opened.component.name,
    ...told,
    exit,
    took: opened.world.clock.now() - startedAt,
    by: byHere(),
    why: parts[0]?.request.why,
  });
  return exit;
}
