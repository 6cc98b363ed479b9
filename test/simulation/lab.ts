import type { Component } from "../../src/core/component.ts";
import type { Happening } from "../../src/core/event.ts";
import type { Fleet, Host } from "../../src/core/fleet.ts";
import { nextGeneration } from "../../src/core/generation.ts";
import type { Answer } from "../../src/core/host.ts";
import { isNothing, type Plan, type Planned, plan, type Seen } from "../../src/core/plan.ts";
import { planBack } from "../../src/core/plan-back.ts";
import type { Release } from "../../src/core/release.ts";
import type { Given, Options } from "../../src/core/rollout/state.ts";
import { sickNow } from "../../src/core/sick.ts";
import type { Word } from "../../src/core/sign.ts";
import { steeredFrom } from "../../src/core/steered.ts";
import { type Attended, attend } from "../../src/engine/attend.ts";
import { glanceAtFleet, observeFleet } from "../../src/engine/observe.ts";
import { measureFleet, readingsFor } from "../../src/engine/preflight.ts";
import { type Ended, run } from "../../src/engine/run.ts";
import { type Said, type Saying, type Setting, say } from "../../src/engine/say.ts";
import type { Targets, World } from "../../src/engine/world.ts";
import { type VirtualClock, virtualClock } from "./clock.ts";
import { type Behaviour, type Simulation, simulate } from "./fleet.ts";
import { type KillPoint, type Mortal, mortal, type Passing } from "./kill.ts";

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
  /** Other bytes than the version usually has. */
  readonly release?: Release;
  readonly to?: string;
  readonly only?: ReadonlySet<string>;
  readonly now?: boolean;
  readonly retryBad?: boolean;
  readonly onFailure?: "rollback" | "hold";
  /** ms after the start. */
  readonly timeout?: number;
  readonly killAt?: number;
  readonly interruptAt?: number;
  /** Killed at one of its awaits. */
  readonly killPoint?: KillPoint | undefined;
  /** Told of each point where it could be killed. */
  readonly passing?: Passing;
  /** Measures the fleet before the plan is carried out, and refuses a sick one, as the command line does. */
  readonly measures?: boolean;
  readonly adopt?: boolean;
  /** ms that a stage waits for its approval. */
  readonly wait?: number;
  /** The machine that it runs on: `here`, where who runs a rollout is known to be gone, or another, which can only watch. */
  readonly from?: string;
  /** SIGSTOP and SIGCONT, ms after its start. */
  readonly asleep?: { readonly from: number; readonly until: number };
  /** Hosts that it cannot reach, whoever else can. */
  readonly cutOff?: readonly string[];
};

export type Shipped = {
  /** undefined when it was killed before there was a plan. */
  readonly planned: Planned | undefined;
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

/** Several at once, each so many ms after the first; without a version it is a rollback. */
export async function shipAll(
  lab: Lab,
  asks: readonly (Ask & { readonly after?: number })[],
): Promise<readonly Shipped[]> {
  const all = asks.map(async ({ after = 0, ...ask }) => {
    await lab.clock.sleep(after);
    return ask.version === "" ? rollingBack(lab, ask) : shipping(lab, ask);
  });
  return lab.clock.drive(Promise.all(all));
}

/** `ship pause` and the like, from another machine, on the time that passes. */
export function saying(lab: Lab, word: Word["word"], why = "because", nonce = 0): Promise<Said> {
  return speak(lab, { word, by: "ada@desk", why, nonce });
}

/** `ship rate set ship.width 2`, from there. */
export function setting(lab: Lab, set: Setting): Promise<Said> {
  return speak(lab, { word: "rate", by: "ada@desk", why: "because", nonce: 0, set });
}

async function speak(lab: Lab, saying: Saying): Promise<Said> {
  const world: World = {
    hosts: lab.simulation.hosts,
    clock: lab.clock,
    tell: () => undefined,
    onSignal: () => () => undefined,
  };
  const targets = targetsOf(lab);
  const seen = await glanceAtFleet(world, targets);
  return say(world, targets, { seen, saying, livesHere: () => undefined });
}

async function shipping(lab: Lab, ask: Ask): Promise<Shipped> {
  const told: Told[] = [];
  const { world, dead } = worldOf(lab, ask, told);
  const targets = targetsOf(lab);
  const release = ask.release ?? releaseOf(ask.version);
  const { from = "here" } = ask;
  const attended = await Promise.race([attend(world, targets, (holder) => livesOn(from, holder)), dead]);
  if (attended === undefined) return { planned: undefined, told, ended: undefined };
  if (attended.type === "held") return { planned: lockedBy(attended), told, ended: undefined };
  const { seen } = attended;
  const planned = planOf(lab, ask, seen);
  if (planned.type === "refused" || isNothing(planned.plan)) return { planned, told, ended: undefined };
  const work = async () => {
    if (ask.measures === true && planned.plan.continues === undefined && (await isSick(world, targets)))
      return undefined;
    return run(world, targets, givenOf(lab, { seen, plan: planned.plan, release, ask }));
  };
  return { planned, told, ended: await Promise.race([work(), dead]) };
}

/** A run of the same machine is one that was killed: a test that has two at once gives them machines of their own. */
function livesOn(machine: string, holder: string): boolean | undefined {
  return holder.includes(`@${machine} `) ? false : undefined;
}

function lockedBy({ runner, doing }: Extract<Attended, { readonly type: "held" }>): Planned {
  return { type: "refused", outcome: "locked", complaints: [`it is run by ${runner.holder}: ${doing}`], hint: "" };
}

/** The look that the command line takes before it changes anything. */
async function isSick(world: World, targets: Targets): Promise<boolean> {
  const enough = readingsFor(targets.component, 8);
  const { judgements } = await measureFleet(world, targets, {
    every: 700,
    isEnough: (_, readings) => readings >= enough,
  });
  return sickNow(targets.component, judgements).length > 0;
}

function planOf({ component, fleet }: Lab, ask: Ask, seen: ReadonlyMap<string, Seen>): Planned {
  const { now = false, retryBad = false, adopt = false } = ask;
  return plan({
    component,
    fleet,
    release: ask.release ?? releaseOf(ask.version),
    seen,
    to: ask.to,
    selected: ask.only,
    now,
    adopt,
    retryBad,
  });
}

export type AskBack = Pick<Ask, "killAt" | "killPoint" | "passing" | "interruptAt" | "only"> & {
  readonly toVersion?: string;
};

/** `ship rollback`, on the same fleet. */
export async function rollBack(lab: Lab, ask: AskBack = {}): Promise<Shipped> {
  return lab.clock.drive(rollingBack(lab, ask));
}

async function rollingBack(lab: Lab, { toVersion, only, ...rest }: AskBack): Promise<Shipped> {
  const told: Told[] = [];
  const ask = { version: "", ...rest };
  const { world, dead } = worldOf(lab, ask, told);
  const targets = targetsOf(lab);
  const seen = await Promise.race([observeFleet(world, targets), dead]);
  if (seen === undefined) return { planned: undefined, told, ended: undefined };
  const made = planBack({ component: lab.component, fleet: lab.fleet, seen, toVersion, selected: only });
  const planned = { type: "plan", plan: made } as const;
  if (isNothing(made)) return { planned, told, ended: undefined };
  const release = { ...releaseOf("none"), name: "" };
  const given = givenOf(lab, { seen, plan: made, release, ask });
  return { planned, told, ended: await Promise.race([run(world, targets, given), dead]) };
}

type Told = { readonly at: number; readonly happening: Happening };

type Planning = {
  readonly seen: ReadonlyMap<string, Seen>;
  readonly plan: Plan;
  readonly release: Release;
  readonly ask: Ask;
};

function givenOf(lab: Lab, { seen, plan, release, ask }: Planning): Given {
  lab.runs += 1;
  const generations = [...seen.values()].map((one) =>
    one.type === "observed" ? one.observation.record.generation : 0,
  );
  const rollout = plan.continues ?? `r${lab.runs}`;
  const options: Options = {
    rollout,
    steered: steeredFrom(seen, rollout),
    generation: nextGeneration(generations),
    run: `run${lab.runs}`,
    asked: ask.version === "" ? "rollback" : "release",
    holder: `me@${ask.from ?? "here"} pid 1 start 1 since now`,
    by: "me@here",
    why: undefined,
    onFailure: ask.onFailure ?? lab.component.onFailure,
    timeout: ask.timeout,
    now: ask.now ?? false,
    approvalWait: ask.wait ?? 0,
  };
  return { plan, component: lab.component, release, archive: "", sha256: "", size: 1000, env: {}, options };
}

function targetsOf(lab: Lab): Targets {
  const hosts = lab.fleet.cohorts.at(-1)?.hosts ?? [];
  return { component: lab.component, hosts: new Map(hosts.map((host) => [host.name, host])) };
}

function worldOf(lab: Lab, ask: Ask, told: Told[]): Mortal {
  const { clock, simulation } = lab;
  const start = clock.now();
  const world: World = {
    hosts: simulation.hosts,
    clock,
    tell: (happening) => told.push({ at: clock.now() - start, happening }),
    onSignal: (hear) => {
      if (ask.interruptAt !== undefined) clock.later(ask.interruptAt, () => hear("SIGINT"));
      return () => undefined;
    },
  };
  const made = mortal(impaired(world, ask), ask.killPoint, ask.passing);
  if (ask.killAt !== undefined) clock.later(ask.killAt, made.die);
  return made;
}

/** A stopped process hears of nothing until it goes on; what it had sent is carried out. */
function impaired({ hosts, clock, ...rest }: World, { asleep, cutOff = [] }: Ask): World {
  const start = clock.now();
  const awake = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work;
    const now = clock.now() - start;
    if (asleep !== undefined && now >= asleep.from && now < asleep.until) await clock.sleep(asleep.until - now);
    return done;
  };
  const unreachable: Answer = { type: "unreachable", cause: "unreachable", reason: "no route to host" };
  return {
    ...rest,
    hosts: {
      perform: (host, place, operation) =>
        cutOff.includes(host.name)
          ? clock.sleep(20).then(() => unreachable)
          : awake(hosts.perform(host, place, operation)),
    },
    clock: { now: clock.now, sleep: (ms) => awake(clock.sleep(ms)) },
  };
}
