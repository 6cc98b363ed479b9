import { randomBytes } from "node:crypto";
import { packKept } from "../config/kept-fleet.ts";
import type { Config } from "../config/load.ts";
import type { Component } from "../core/component.ts";
import { exits, ShipError } from "../core/error.ts";
import { holderText } from "../core/holder.ts";
import { keptFleet } from "../core/kept-fleet.ts";
import type { Plan, Seen } from "../core/plan.ts";
import type { Release } from "../core/release.ts";
import type { Given, Options } from "../core/rollout/state.ts";
import { run } from "../engine/run.ts";
import { keepFleetHere } from "../journal/fleet.ts";
import { byHere, holderHere, livesHere } from "./identity.ts";
import { keptFile } from "./recover.ts";
import { type Opened, rolloutId, type Session } from "./session.ts";

export type Cargo = {
  readonly release: Release;
  readonly archive: string;
  readonly sha256: string;
  readonly size: number;
};

/** What a rollback carries: nothing; each host has what it goes back to. */
export function noCargo(component: Component): Cargo {
  const manifest = {
    component: component.name,
    version: "",
    digest: "",
    size: 0,
    activate: "",
    activateWithin: 0,
    deactivate: "",
    drain: "",
    drainFor: 0,
    undrain: "",
    shared: [],
    environment: "",
  };
  return { release: { name: "", manifest }, archive: "", sha256: "", size: 0 };
}

type Asked = Pick<Options, "asked" | "why" | "onFailure" | "timeout" | "now">;

/** Everything that the engine needs for one run: a new fence, and the id of the rollout that is continued or begun. */
export function givenOf(
  component: Component,
  plan: Plan,
  cargo: Cargo,
  seen: ReadonlyMap<string, Seen>,
  asked: Asked,
): Given {
  const now = new Date();
  const holder = holderHere(now);
  const generations = [...seen.values()].map((one) =>
    one.type === "observed" ? one.observation.record.generation : 0,
  );
  const options: Options = {
    ...asked,
    rollout: plan.continues ?? rolloutId(now),
    generation: Math.max(0, ...generations) + 1,
    run: randomBytes(8).toString("hex"),
    holder: holderText(holder),
    by: byHere(),
  };
  return { plan, component, ...cargo, env: component.env, options };
}

/** Refuses while another ship on this machine is at work on the component. */
export function refuseIfHeld(seen: ReadonlyMap<string, Seen>, component: string): void {
  const records = [...seen.values()].flatMap((one) => (one.type === "observed" ? [one.observation.record] : []));
  const held = records.find((record) => record.open !== "" && livesHere(record.holder) === true);
  if (held === undefined) return;
  throw new ShipError("locked", `Rollout ${held.open} of ${component} is running: ${held.holder}.`, {
    hint: `Wait for it, or take over and put everything back: ship rollback -c ${component}`,
  });
}

/** Runs what was planned, told and journaled from its start, and gives its exit code. */
export async function roll(
  session: Session,
  opened: Opened,
  given: Given,
  overrides: readonly string[],
): Promise<number> {
  const { plan, component, options } = given;
  session.enter(options.rollout, opened.journals);
  session.tell({
    type: "rollout.started",
    component: component.name,
    version: plan.version,
    release: plan.release,
    direction: plan.direction,
    by: options.by,
    from: process.cwd(),
    why: options.why,
    overrides,
    continued: plan.continues !== undefined,
  });
  session.tell({ type: "plan.made", plan });
  const { exit } = await run(opened.world, opened.targets, { ...given, ...(await listOf(opened.config)) });
  return exit;
}

/** The fleet's hosts as they are known now, kept here and on the hosts for a recovery whose inventory fails. */
async function listOf({ fleet, root, unlisted }: Config): Promise<{ readonly fleetList?: string }> {
  if (unlisted.length > 0) return {};
  const list = packKept(keptFleet(fleet, new Date().toISOString()));
  await keepFleetHere(keptFile(root), list);
  return { fleetList: list };
}

/** Tells that nothing is to do; nothing is written for that, not even a journal. */
export function tellNothing(
  session: Session,
  plan: Plan,
  why: string | undefined,
  said: { summary: string; hint?: string },
): number {
  session.tell({
    type: "rollout.ended",
    component: plan.component,
    version: plan.version,
    outcome: "done",
    exit: exits.done,
    reason: "nothing-to-do",
    summary: said.summary,
    hint: said.hint,
    hosts: [],
    judgements: [],
    took: 0,
    by: byHere(),
    why,
  });
  return exits.done;
}
