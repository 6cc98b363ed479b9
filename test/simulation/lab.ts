import type { Component } from "../../src/core/component.ts";
import type { Happening } from "../../src/core/event.ts";
import type { Fleet, Host } from "../../src/core/fleet.ts";
import { isNothing, type Plan, type Planned, plan, type Seen } from "../../src/core/plan.ts";
import { planBack } from "../../src/core/plan-back.ts";
import type { Release } from "../../src/core/release.ts";
import type { Options } from "../../src/core/rollout/state.ts";
import { observeFleet } from "../../src/engine/observe.ts";
import { type Ended, run } from "../../src/engine/run.ts";
import type { Targets, World } from "../../src/engine/world.ts";
import { type VirtualClock, virtualClock } from "./clock.ts";
import { type Behaviour, type Simulation, simulate } from "./fleet.ts";

/** A simulated fleet and everything that can be done to it, on a clock of its own. */
export type Lab = {
  readonly clock: VirtualClock;
  readonly fleet: Fleet;
  readonly simulation: Simulation;
  readonly behaviours: Map<string, Behaviour>;
  component: Component;
  /** Counts runs: their generation and run id. */
  runs: number;
};

export type Ask = {
  readonly version: string;
  readonly to?: string;
  readonly only?: ReadonlySet<string>;
  readonly now?: boolean;
  readonly retryBad?: boolean;
  readonly onFailure?: "rollback" | "hold";
  /** ms after the start. */
  readonly timeout?: number;
  readonly killAt?: number;
  readonly interruptAt?: number;
  /** Killed when the order of this number (from 1) is about to be sent, or when it was done and has not answered. */
  readonly killOrder?: { readonly number: number; readonly when: "before" | "after" };
  readonly adopt?: boolean;
};

export type Shipped = {
  readonly planned: Planned;
  readonly told: readonly { readonly at: number; readonly happening: Happening }[];
  /** undefined when it was refused, or killed. */
  readonly ended: Ended | undefined;
};

/** Hosts `api-01` …; `sizes` are the cohorts' sizes, innermost first, each holding the one before. */
export function lab(
  sizes: ReadonlyMap<string, number>,
  component: Component,
  labels: (index: number) => Readonly<Record<string, string>> = () => ({}),
): Lab {
  const clock = virtualClock();
  const names = [...sizes.keys()];
  const most = Math.max(...sizes.values());
  const hosts: Host[] = Array.from({ length: most }, (_, index) => ({
    name: `api-${String(index + 1).padStart(2, "0")}`,
    address: "127.0.0.1",
    port: undefined,
    user: undefined,
    labels: labels(index),
    cohort: names.find((name) => index < (sizes.get(name) ?? 0)) ?? "",
  }));
  const fleet = { cohorts: names.map((name) => ({ name, hosts: hosts.slice(0, sizes.get(name)) })) };
  const behaviours = new Map<string, Behaviour>();
  return { clock, fleet, simulation: simulate(clock, hosts, behaviours), behaviours, component, runs: 0 };
}

export function releaseOf(version: string): Release {
  let sum = 0;
  for (const letter of version) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  const manifest = {
    component: "api",
    version,
    digest: "",
    size: 1000,
    activate: "bin/restart",
    activateWithin: 60,
    deactivate: "",
    drain: "",
    drainFor: 0,
    undrain: "",
    shared: [],
    environment: "",
  };
  return { name: `${version}-${sum.toString(16).padStart(8, "0").slice(-8)}`, manifest };
}

export async function ship(lab: Lab, ask: Ask): Promise<Shipped> {
  return lab.clock.drive(shipping(lab, ask));
}

async function shipping(lab: Lab, ask: Ask): Promise<Shipped> {
  const told: { at: number; happening: Happening }[] = [];
  const { world, kill } = worldOf(lab, ask, told);
  const targets = targetsOf(lab);
  const release = releaseOf(ask.version);
  const seen = await observeFleet(world, targets);
  const { component, fleet } = lab;
  const { now = false, retryBad = false } = ask;
  const planned = plan({
    component,
    fleet,
    release,
    seen,
    to: ask.to,
    selected: ask.only,
    now,
    adopt: ask.adopt ?? false,
    retryBad,
  });
  if (planned.type === "refused" || isNothing(planned.plan)) return { planned, told, ended: undefined };
  const ended = await running(lab, { world, targets, seen, plan: planned.plan, release, ask, kill });
  return { planned, told, ended };
}

export type AskBack = Pick<Ask, "killAt" | "interruptAt" | "only"> & { readonly toVersion?: string };

/** `ship rollback`, on the same fleet. */
export async function rollBack(lab: Lab, ask: AskBack = {}): Promise<Shipped> {
  return lab.clock.drive(rollingBack(lab, ask));
}

async function rollingBack(lab: Lab, { toVersion, only, ...rest }: AskBack): Promise<Shipped> {
  const told: { at: number; happening: Happening }[] = [];
  const ask = { version: "", ...rest };
  const { world, kill } = worldOf(lab, ask, told);
  const targets = targetsOf(lab);
  const seen = await observeFleet(world, targets);
  const made = planBack({ component: lab.component, fleet: lab.fleet, seen, toVersion, selected: only });
  const planned = { type: "plan", plan: made } as const;
  if (isNothing(made)) return { planned, told, ended: undefined };
  const release = { ...releaseOf("none"), name: "" };
  const ended = await running(lab, { world, targets, seen, plan: made, release, ask, kill });
  return { planned, told, ended };
}

type Running = {
  readonly world: World;
  readonly targets: Targets;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly plan: Plan;
  readonly release: Release;
  readonly ask: Ask;
  readonly kill: Promise<undefined>;
};

async function running(lab: Lab, asked: Running): Promise<Ended | undefined> {
  const { world, targets, seen, plan, release, ask, kill } = asked;
  lab.runs += 1;
  const generations = [...seen.values()].map((one) =>
    one.type === "observed" ? one.observation.record.generation : 0,
  );
  const options: Options = {
    rollout: plan.continues ?? `r${lab.runs}`,
    generation: Math.max(0, ...generations) + 1,
    run: `run${lab.runs}`,
    asked: ask.version === "" ? "rollback" : "release",
    holder: "me@here pid 1 start 1 since now",
    by: "me@here",
    why: undefined,
    onFailure: ask.onFailure ?? lab.component.onFailure,
    timeout: ask.timeout,
    now: ask.now ?? false,
  };
  const given = { plan, component: lab.component, release, archive: "", sha256: "", size: 1000, env: {}, options };
  return Promise.race([run(world, targets, given), kill]);
}

function targetsOf(lab: Lab): Targets {
  const hosts = lab.fleet.cohorts.at(-1)?.hosts ?? [];
  return { component: lab.component, hosts: new Map(hosts.map((host) => [host.name, host])) };
}

/** A killed world never answers again: nothing that the dead run started goes on. */
function worldOf(
  lab: Lab,
  ask: Ask,
  told: { at: number; happening: Happening }[],
): { world: World; kill: Promise<undefined> } {
  const { clock, simulation } = lab;
  const start = clock.now();
  let alive = true;
  let orders = 0;
  let die = () => {};
  const kill = new Promise<undefined>((resolve) => {
    die = () => {
      alive = false;
      resolve(undefined);
    };
  });
  if (ask.killAt !== undefined) clock.later(ask.killAt, die);
  const living = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!alive) return new Promise<never>(() => undefined);
    const result = await work();
    return alive ? result : new Promise<never>(() => undefined);
  };
  const perform: World["hosts"]["perform"] = (host, place, operation) =>
    living(async () => {
      orders += "claim" in operation ? 1 : 0;
      const mine = "claim" in operation && orders === ask.killOrder?.number;
      if (mine && ask.killOrder?.when === "before") {
        die();
        return new Promise<never>(() => undefined);
      }
      const answer = await simulation.hosts.perform(host, place, operation);
      if (mine) die();
      return answer;
    });
  const world: World = {
    hosts: { perform },
    clock: { now: clock.now, sleep: (ms) => living(() => clock.sleep(ms)) },
    tell: (happening) => {
      if (alive) told.push({ at: clock.now() - start, happening });
    },
    onSignal: (hear) => {
      if (ask.interruptAt !== undefined) clock.later(ask.interruptAt, () => hear("SIGINT"));
      return () => undefined;
    },
  };
  return { world, kill };
}
