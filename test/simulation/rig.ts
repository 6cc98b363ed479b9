import type { Component } from "../../src/core/component.ts";
import type { Operation } from "../../src/core/host.ts";
import { isNothing } from "../../src/core/plan.ts";
import { measureFleet, readingsFor } from "../../src/engine/preflight.ts";
import { assertion, component } from "./component.ts";
import type { Around, Deployer } from "./deployer.ts";
import { isRunning } from "./deployer.ts";
import { releaseOf } from "./lab.ts";
import { type Bad, createMachine, type Machine, perform, type Site } from "./machine.ts";
import { openTime, type Time, type Timer } from "./time.ts";

/** A small fleet of three, one of them internal, two at a time, where nothing is lost and every message takes as long. */
export type Scene = {
  readonly maxFailed: number;
  /** What is wrong with the version on a host (from 0) after so many ms. */
  readonly fault: (version: string, host: number, uptime: number) => Bad | undefined;
  /** Does that depend on how long it is up? */
  readonly ages: boolean;
  readonly drains?: boolean;
  /** ms. */
  readonly warmup?: number;
  readonly bake?: number;
  /** Release that it is about. */
  readonly target: string;
};

export type Rig = {
  readonly scene: Scene;
  readonly time: Time;
  readonly machines: readonly Machine[];
  readonly around: Around;
  readonly deployers: Deployer[];
  /** Operations on their way to a host. */
  readonly flying: Set<Flying>;
  /** Every release that a host's link was ever on. */
  readonly links: ReadonlySet<string>;
  /** Activations that were begun, by host. */
  readonly tries: ReadonlyMap<string, number>;
};

type Flying = { readonly host: string; readonly operation: Operation; readonly timer: Timer };

const latency = 20;

const looks: ReadonlySet<Operation["type"]> = new Set([
  "observe",
  "check",
  "processes",
  "get",
  "read-page",
  "read-fleet",
  "execute",
  "inspect",
]);

/** Does it do anything to the host, or only look? */
export function changes({ type }: Operation): boolean {
  return !looks.has(type);
}

export function openRig(scene: Scene): Rig {
  const time = openTime();
  const machines = [1, 2, 3].map((number, index) => createMachine(`api-0${number}`, index, releaseOf("v407").name));
  const flying = new Set<Flying>();
  const links = new Set<string>();
  const tries = new Map<string, number>();
  const deployers: Deployer[] = [];
  const note = (machine: Machine) => links.add(machine.state.link);
  const site: Site = {
    time,
    restart: () => 400,
    isDraining: scene.drains === true,
    fault: (machine, version, uptime) => scene.fault(version, machine.index, uptime),
    ordered: note,
    changed: (machine, why) => {
      note(machine);
      if (why === "activate began") tries.set(machine.name, (tries.get(machine.name) ?? 0) + 1);
    },
    looked: () => undefined,
  };
  const send: Around["send"] = (from, host, operation, settle) => {
    const machine = machines.find(({ name }) => name === host);
    if (machine === undefined) throw new Error(`no machine ${host}`);
    const timer = time.after(latency, () => {
      flying.delete(sent);
      perform(
        site,
        machine,
        { operation, from: from.id, sentAt: time.now() },
        (answer) => void time.after(latency, () => settle(answer)),
      );
    });
    const sent = { host, operation, timer };
    flying.add(sent);
  };
  const made = componentOf(scene);
  const around: Around = {
    time,
    component: made,
    fleet: fleetOf(machines),
    send,
    told: () => undefined,
    looked: () => undefined,
    ended: () => undefined,
    died: () => undefined,
    isAlive: (_, holder) => deployers.some((by) => holder.includes(` pid ${by.id} `) && isRunning(by)),
    prepare: async (world, targets, plan) => {
      if (plan.direction === "rollback" || plan.continues !== undefined || isNothing(plan)) return;
      const enough = readingsFor(made, 3);
      await measureFleet(world, targets, { every: 700, isEnough: (_measured, readings) => readings >= enough });
    },
  };
  return { scene, time, machines, around, deployers, flying, links, tries };
}

function fleetOf(machines: readonly Machine[]): Around["fleet"] {
  const hosts = machines.map(({ name }, index) => ({
    name,
    address: "127.0.0.1",
    port: undefined,
    user: undefined,
    labels: {},
    cohort: index === 0 ? "internal" : "all",
  }));
  return {
    cohorts: [
      { name: "internal", hosts: hosts.slice(0, 1) },
      { name: "all", hosts },
    ],
  };
}

/** As small as it can be and still have every kind of order and verdict. */
function componentOf({ maxFailed, drains, warmup = 500, bake = 4_000 }: Scene): Component {
  const stages = ["internal", "all"].map((cohort) => ({
    cohort,
    share: undefined,
    bake,
    longestBake: bake,
    maxFailed: undefined,
  }));
  const count = (value: number) => ({ type: "count", count: value }) as const;
  return component(stages, {
    activateWithin: 6_000,
    healthy: {
      how: { type: "http", url: "http://127.0.0.1:8080/health", status: undefined },
      within: 2_000,
      for: 500,
      proof: "version",
    },
    drain: drains === true ? { run: "leave", for: 0 } : undefined,
    undrain: drains === true ? "join" : undefined,
    warmup,
    metrics: [],
    assertions: [assertion("rss < 50000000"), ...component([]).assertions.slice(-2)],
    maxUnavailable: count(2),
    maxFailed: count(maxFailed),
    rollback: { maxUnavailable: count(1) },
  });
}
