import type { Component } from "../../src/core/component.ts";
import type { Happening } from "../../src/core/event.ts";
import type { Fleet } from "../../src/core/fleet.ts";
import { nextGeneration } from "../../src/core/generation.ts";
import type { Answer, Operation } from "../../src/core/host.ts";
import { isNothing, type Plan, plan, type Seen } from "../../src/core/plan.ts";
import { planBack } from "../../src/core/plan-back.ts";
import type { Given, Options } from "../../src/core/rollout/state.ts";
import { steeredFrom } from "../../src/core/steered.ts";
import { attend } from "../../src/engine/attend.ts";
import { observeFleet } from "../../src/engine/observe.ts";
import { type Ended, run } from "../../src/engine/run.ts";
import type { Targets, World } from "../../src/engine/world.ts";
import { releaseOf } from "./lab.ts";
import type { Command } from "./schedule.ts";
import { secret } from "./screen.ts";
import type { Time } from "./time.ts";

/** How a command ended. `outcome` is as in an event, or `nothing` to do, or `bug`. */
export type End = {
  readonly outcome: Ended["outcome"] | "nothing" | "bug";
  readonly text: string;
  readonly ended: Ended | undefined;
  readonly plan: Plan | undefined;
};

/** One ship at work: a process that can be killed and stopped. */
export type Deployer = {
  readonly id: number;
  readonly command: Command;
  readonly startedAt: number;
  isDead: boolean;
  isStopped: boolean;
  end: End | undefined;
  /** Its fence and its rollout, once it has a plan. */
  options: Options | undefined;
  plan: Plan | undefined;
  interruptedAt: number | undefined;
  /** Hears of signals. */
  hear: ((signal: string) => void) | undefined;
  /** Counts words that were said to it. */
  words: number;
  /** Counts awaits. */
  awaits: number;
  /** What is to be told to it when it goes on. */
  readonly held: (() => void)[];
};

/** What a deployer runs in. */
export type Around = {
  readonly time: Time;
  readonly component: Component;
  readonly fleet: Fleet;
  readonly send: (from: Deployer, host: string, operation: Operation, settle: (answer: Answer) => void) => void;
  readonly told: (by: Deployer, happening: Happening) => void;
  readonly looked: (by: Deployer, seen: ReadonlyMap<string, Seen>) => void;
  readonly ended: (by: Deployer) => void;
  readonly died: (by: Deployer) => void;
  /** Puts something between a process and its world. */
  readonly wrap?: (world: World) => World;
  /** What is done between the plan and the first order. */
  readonly prepare?: (world: World, targets: Targets, plan: Plan) => Promise<void>;
  /** Does the process that a holder's text names live; undefined when it is of another machine. */
  readonly isAlive: (by: Deployer, holder: string) => boolean | undefined;
};

export function createDeployer(id: number, command: Command, startedAt: number): Deployer {
  return {
    id,
    command,
    startedAt,
    isDead: false,
    isStopped: false,
    end: undefined,
    options: undefined,
    plan: undefined,
    interruptedAt: undefined,
    hear: undefined,
    words: 0,
    awaits: 0,
    held: [],
  };
}

export function isRunning({ isDead, end }: Deployer): boolean {
  return !isDead && end === undefined;
}

/** Begins a command; it goes on by itself as time passes. */
export function begin(around: Around, by: Deployer): void {
  around.time.stir();
  carryOut(around, by).then(
    (end) => finish(around, by, end),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      finish(around, by, { outcome: "bug", text, ended: undefined, plan: by.plan });
    },
  );
}

export function kill(by: Deployer): void {
  by.isDead = true;
  by.held.length = 0;
}

/** SIGCONT: everything that came in the meantime comes now. */
export function resume(around: Around, by: Deployer): void {
  by.isStopped = false;
  around.time.stir();
  for (const act of by.held.splice(0)) if (!by.isDead) act();
}

function finish(around: Around, by: Deployer, end: End): void {
  if (by.isDead) return;
  by.end = end;
  around.ended(by);
}

async function carryOut(around: Around, by: Deployer): Promise<End> {
  const own = worldOf(around, by);
  const world = around.wrap?.(own) ?? own;
  const { component, fleet } = around;
  const hosts = fleet.cohorts.at(-1)?.hosts ?? [];
  const targets: Targets = { component, hosts: new Map(hosts.map((host) => [host.name, host])) };
  const { command } = by;
  const isBack = command.version === "";
  const attended = isBack
    ? ({ type: "free", seen: await observeFleet(world, targets) } as const)
    : await attend(world, targets, (holder) => around.isAlive(by, holder));
  if (attended.type === "held")
    return { outcome: "locked", text: attended.runner.holder, ended: undefined, plan: undefined };
  const { seen } = attended;
  around.looked(by, seen);
  const release = isBack ? { ...releaseOf("none"), name: "" } : releaseOf(command.version);
  const asked = { component, fleet, release, seen, to: undefined, selected: undefined, adopt: false };
  const planned = isBack
    ? ({ type: "plan", plan: planBack({ component, fleet, seen, toVersion: undefined, selected: undefined }) } as const)
    : plan({ ...asked, now: command.now, retryBad: command.retryBad });
  if (planned.type === "refused")
    return { outcome: planned.outcome, text: planned.complaints.join("; "), ended: undefined, plan: undefined };
  if (isNothing(planned.plan)) return { outcome: "nothing", text: "", ended: undefined, plan: planned.plan };
  await around.prepare?.(world, targets, planned.plan);
  by.plan = planned.plan;
  by.options = optionsOf(around, by, planned.plan, seen);
  const given: Given = {
    plan: planned.plan,
    component,
    release,
    archive: "",
    sha256: "",
    size: 1000,
    env: { TOKEN: secret },
    options: by.options,
  };
  const ended = await run(world, targets, given);
  return { outcome: ended.outcome, text: ended.summary, ended, plan: planned.plan };
}

function optionsOf(around: Around, by: Deployer, made: Plan, seen: ReadonlyMap<string, Seen>): Options {
  const { command } = by;
  const generations = [...seen.values()].map((one) =>
    one.type === "observed" ? one.observation.record.generation : 0,
  );
  const rollout = made.continues ?? `r${String(by.id).padStart(3, "0")}`;
  return {
    rollout,
    steered: steeredFrom(seen, rollout),
    generation: nextGeneration(generations),
    run: `run${by.id}`,
    asked: command.version === "" ? "rollback" : "release",
    holder: holderOf(by, around.time.now()),
    by: `me@${command.machine}`,
    why: undefined,
    onFailure: command.version === "" ? "rollback" : command.onFailure,
    timeout: command.timeout,
    now: command.now,
  };
}

/** As the command line writes it. */
function holderOf({ id, command }: Deployer, now: number): string {
  return `me@${command.machine} pid ${id} start 1 since ${new Date(now).toISOString()}`;
}

/** The world as one process sees it: nothing comes to a dead one, and to a stopped one it comes when it goes on. */
function worldOf(around: Around, by: Deployer): World {
  const { time } = around;
  const tell = (act: () => void) => {
    if (by.isDead) return;
    if (by.isStopped) by.held.push(act);
    else {
      time.stir();
      act();
    }
  };
  const wait = <T>(start: (settle: (value: T) => void) => void): Promise<T> => {
    by.awaits += 1;
    const isLast = by.awaits === by.command.killAwait;
    const die = () => {
      kill(by);
      around.died(by);
    };
    if (isLast && by.awaits % 2 === 0) die();
    if (by.isDead) return new Promise<never>(() => undefined);
    return new Promise<T>((resolve) => {
      start((value) => tell(() => resolve(value)));
      if (isLast && !by.isDead) die();
    });
  };
  return {
    hosts: {
      perform: (host, _place, operation) => wait<Answer>((settle) => around.send(by, host.name, operation, settle)),
    },
    clock: { now: time.now, sleep: (ms) => wait<void>((settle) => void time.after(ms, () => settle())) },
    tell: (happening) => {
      if (!by.isDead) around.told(by, happening);
    },
    onSignal: (hear) => {
      by.hear = (signal) => tell(() => hear(signal));
      return () => {
        by.hear = undefined;
      };
    },
  };
}
