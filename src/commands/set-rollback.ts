import type { Part } from "../core/change-set.ts";
import type { Component } from "../core/component.ts";
import { readPartId, setOf } from "../core/part-id.ts";
import { kindOf } from "../core/part-kind.ts";
import type { Seen } from "../core/plan.ts";
import { lastRollout } from "../core/plan-back.ts";
import { versionOf } from "../core/release.ts";
import { type Brought, setToUndo } from "../core/set-undo.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import type { Targets } from "../engine/world.ts";
import { quiet, targetsBeside, witnessesOf } from "./besides.ts";
import type { Opened } from "./session.ts";

/** A part of a set that is to be taken back. */
export type PartBack = { readonly part: Part; readonly component: Component };

/** The set that a rollback of the component takes back, with its parts newest first. */
export type SetBack = { readonly set: string; readonly parts: readonly PartBack[] };

/** The component's last change set; undefined where what came last is a rollout by itself. */
export async function setBack(opened: Opened): Promise<SetBack | undefined> {
  const { component, targets } = opened;
  if (component.tree !== undefined) return undefined;
  const others = targetsBeside(opened);
  const [own, ...some] = await Promise.all([
    looked(opened, targets),
    ...others.map((one) => looked(opened, witnessesOf(one))),
  ]);
  const near = chosen([own, ...some]);
  const count = readPartId(near[0]?.brought.rollout ?? "")?.count ?? 0;
  if (near.length === 0 || near.length >= count) return backOf(near);
  // A part that came to few hosts need not have come to a witness.
  return backOf(chosen([own, ...(await Promise.all(others.map((one) => looked(opened, one))))]));
}

type Look = { readonly component: Component; readonly brought: Brought; readonly version: string };

function chosen(all: readonly Look[]): readonly Look[] {
  return setToUndo(all.map(({ brought }) => brought)).flatMap((index) => all[index] ?? []);
}

function backOf(looks: readonly Look[]): SetBack | undefined {
  const set = setOf(looks[0]?.brought.rollout);
  if (set === undefined) return undefined;
  const parts = looks.map(({ component, version }) => {
    const { name } = component;
    return { part: { change: name, kind: kindOf(name), version }, component };
  });
  return { set, parts };
}

/** How the service is, the rollback's own look says. */
async function looked({ world }: Opened, targets: Targets): Promise<Look> {
  const { component } = targets;
  const seen = await glanceAtFleet(world, quiet(targets));
  const rollout = openPart(seen) ?? lastRollout(seen);
  const brought = { rollout, isBack: isBack(seen, rollout) };
  return { component, brought, version: versionIn(seen, rollout) };
}

/** A part that is not over is known on every host that it holds, also where it has changed nothing yet. */
function openPart(seen: ReadonlyMap<string, Seen>): string | undefined {
  return recordsIn(seen)
    .map(({ open }) => open)
    .filter((open) => setOf(open) !== undefined)
    .sort()
    .at(-1);
}

/** Has no host anything left of it? */
function isBack(seen: ReadonlyMap<string, Seen>, rollout: string | undefined): boolean {
  return recordsIn(seen).every(
    (record) => record.open !== rollout && (record.rollout !== rollout || record.phase === "reverted"),
  );
}

function versionIn(seen: ReadonlyMap<string, Seen>, rollout: string | undefined): string {
  const record = recordsIn(seen).find((one) => one.rollout === rollout);
  return versionOf(record?.target ?? "") ?? "";
}

function recordsIn(seen: ReadonlyMap<string, Seen>) {
  return [...seen.values()].flatMap((one) => (one.type === "observed" ? [one.observation.record] : []));
}
