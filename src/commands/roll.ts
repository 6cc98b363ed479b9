import { randomBytes } from "node:crypto";
import { packKept } from "../config/kept-fleet.ts";
import type { Config } from "../config/load.ts";
import type { Component } from "../core/component.ts";
import { deliveryOf } from "../core/delivery.ts";
import { exits } from "../core/error.ts";
import { serverOf } from "../core/fleet.ts";
import { nextGeneration } from "../core/generation.ts";
import { holderText } from "../core/holder.ts";
import { keptFleet } from "../core/kept-fleet.ts";
import type { Parcel } from "../core/origin.ts";
import type { Plan, Seen } from "../core/plan.ts";
import type { Release } from "../core/release.ts";
import type { Given, Options } from "../core/rollout/state.ts";
import { steeredFrom } from "../core/steered.ts";
import { run } from "../engine/run.ts";
import { keepFleetHere } from "../journal/fleet.ts";
import { byHere, holderHere } from "./identity.ts";
import { keptFile } from "./recover.ts";
import { type Opened, rolloutId, type Session } from "./session.ts";

export type Cargo = Parcel & { readonly release: Release };

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

type Asked = Pick<Options, "asked" | "why" | "onFailure" | "timeout" | "now" | "approvalWait" | "typed"> & {
  /** The id of a rollout that is begun; left out: a new one. */
  readonly id?: string;
};

/** Everything that the engine needs for one run: a new fence, and the id of the rollout that is continued or begun. */
export function givenOf(
  component: Component,
  plan: Plan,
  cargo: Cargo,
  seen: ReadonlyMap<string, Seen>,
  { id, ...asked }: Asked,
): Given {
  const now = new Date();
  const holder = holderHere(now);
  const generations = [...seen.values()].map((one) =>
    one.type === "observed" ? one.observation.record.generation : 0,
  );
  const rollout = plan.continues ?? id ?? rolloutId(now);
  const options: Options = {
    ...asked,
    rollout,
    generation: nextGeneration(generations),
    steered: steeredFrom(seen, rollout),
    run: randomBytes(8).toString("hex"),
    holder: holderText(holder),
    by: byHere(),
  };
  const delivery = deliveryOf(plan, { component, seen, cargo });
  return { plan, component, ...cargo, env: component.env, delivery, options };
}

/** Runs what was planned, told and journaled from its start, and gives its exit code. */
export async function roll(
  session: Session,
  opened: Opened,
  given: Given,
  overrides: readonly string[],
): Promise<number> {
  const { plan, component, options, delivery } = given;
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
  session.tell({ type: "plan.made", plan, ...(delivery === undefined ? {} : { delivery }) });
  const { concurrency: lanes, bandwidth } = opened.config.ssh;
  const slower = bandwidth === undefined ? {} : { bandwidth };
  const behind = jumpsOf(opened);
  const whole = { ...given, behind, options: { ...options, lanes, ...slower }, ...(await listOf(opened.config)) };
  const { exit } = await run(opened.world, opened.targets, whole);
  return exit;
}

/** Hosts of which the first jump host on the way is the same are lost together when it is. */
function jumpsOf({ routes, targets }: Opened): ReadonlyMap<string, string> {
  const first = [...targets.hosts.values()].map(
    (host) => [host.name, routes.get(serverOf(host).name)?.jumps[0]] as const,
  );
  return new Map(first.flatMap(([host, jump]) => (jump === undefined ? [] : [[host, jump]])));
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
