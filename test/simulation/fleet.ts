import type { Host } from "../../src/core/fleet.ts";
import {
  type Answer,
  blank,
  type HostState,
  type Hosts,
  type Look,
  noSigns,
  type Operation,
  type Sign,
  type Signs,
} from "../../src/core/host.ts";
import { versionOf } from "../../src/core/release.ts";
import { sign } from "../../src/core/sign.ts";
import { expire, settle, step } from "../../src/core/step.ts";
import type { VirtualClock } from "./clock.ts";

/** How a version behaves once it runs. */
export type Behaviour = {
  /** Latency of every request, ms. */
  readonly p99?: number;
  readonly connections?: number;
  /** Share of requests that fail, from `errorsAfter` ms of uptime on. */
  readonly errors?: number;
  readonly errorsAfter?: number;
  /** Its activation fails, or it never answers. */
  readonly activates?: boolean;
  readonly healthy?: boolean;
  /** No exporter: scrapes fail. */
  readonly blind?: boolean;
  /** Its activation does nothing: the process of the release before goes on. */
  readonly survives?: boolean;
};

export type SimHost = {
  state: HostState;
  signs: Signs;
  startedAt: number;
  /** Counts starts of the service: the identity of its process. */
  starts: number;
  up: boolean;
  /** Orders by their names that fail, get lost after they were done, or are never sent; so many times. */
  readonly faults: Map<string, Fault>;
  diskFull: boolean;
};

export type Fault = { readonly kind: "fail" | "lost" | "lost-before"; times: number };

export type Simulation = {
  readonly hosts: Hosts;
  readonly fleet: ReadonlyMap<string, SimHost>;
  /** Every order that reached a host, as `host order`. */
  readonly orders: string[];
  /** Called after each order that reached a host, with the fleet as it is then. */
  watch: () => void;
};

/** A fleet of `step`, with no network: each order takes 20 ms, jobs end at once, the lease runs on the virtual clock. */
export function simulate(
  clock: VirtualClock,
  hosts: readonly Host[],
  behaviours: ReadonlyMap<string, Behaviour>,
): Simulation {
  const fleet = new Map(hosts.map((host) => [host.name, fresh()]));
  const perform = async (host: Host, _place: unknown, operation: Operation): Promise<Answer> => {
    await clock.sleep(20);
    const sim = fleet.get(host.name);
    if (sim === undefined || !sim.up)
      return { type: "unreachable", cause: "unreachable", reason: "connection refused" };
    if (operation.type === "pass-on") return { type: "failed", detail: "it has neither python3 nor perl", log: "" };
    if (operation.type === "rearm" || operation.type === "inspect")
      return { type: "failed", detail: "a simulated host has no boot to install anything for", log: "" };
    if (isSign(operation)) {
      const fault = faultOf(sim, operation.type);
      if (fault === "lost-before" || fault === "fail") return { type: "lost", reason: "the connection was cut" };
      const answer = signed(sim, operation, clock.now());
      return fault === "lost" ? { type: "lost", reason: "the connection was cut" } : answer;
    }
    if (!("claim" in operation)) return look({ clock, sim, behaviours }, operation);
    const fault = faultOf(sim, operation.type);
    if (fault === "lost-before") return { type: "lost", reason: "the connection was cut" };
    simulation.orders.push(`${host.name} ${operation.type}`);
    const answer = order({ clock, sim, behaviours, fault }, operation);
    simulation.watch();
    return fault === "lost" ? { type: "lost", reason: "the connection was cut" } : answer;
  };
  const simulation: Simulation = { hosts: { perform }, fleet, orders: [], watch: () => undefined };
  return simulation;
}

function isSign(operation: Operation): operation is Sign {
  return operation.type === "beat" || operation.type === "steer" || operation.type === "lock";
}

/** Carries out a sign, as \`sign\` says. */
function signed(sim: SimHost, operation: Sign, now: number): Answer {
  const { record } = sim.state;
  const { signs, answer } = sign(sim.signs, record, operation, now);
  sim.signs = signs;
  if (answer === "heard") return { type: "heard", word: signs.word };
  return answer === "done" ? { type: "done", record } : { type: "refused", cause: "stale", detail: "stale", record };
}

function faultOf(sim: SimHost, type: string): Fault["kind"] | undefined {
  const fault = sim.faults.get(type);
  if (fault === undefined || fault.times === 0) return undefined;
  fault.times -= 1;
  return fault.kind;
}

/** The page of numbers of a host's service; undefined where it has none. */
export function pageOf(sim: SimHost, behaviours: ReadonlyMap<string, Behaviour>, now: number): string | undefined {
  const behaviour = behaviours.get(versionOf(sim.state.link) ?? "") ?? {};
  return behaviour.blind === true ? undefined : exposition(behaviour, now - sim.startedAt);
}

/** Is the service of this host out, as a user would find it? */
export function isOut(sim: SimHost, behaviours: ReadonlyMap<string, Behaviour>): boolean {
  const behaviour = behaviours.get(versionOf(sim.state.link) ?? "");
  const changing = sim.state.record.phase === "switched" || sim.state.record.phase === "reverting";
  return !sim.up || changing || behaviour?.healthy === false || behaviour?.activates === false;
}

function fresh(): SimHost {
  const state: HostState = { record: blank, link: "", releases: [], proven: [], bad: [] };
  return { state, signs: noSigns, startedAt: 0, starts: 0, up: true, faults: new Map(), diskFull: false };
}

type Here = {
  readonly clock: VirtualClock;
  readonly sim: SimHost;
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  readonly fault?: Fault["kind"] | undefined;
};

function order(
  { clock, sim, behaviours, fault }: Here,
  operation: Extract<Operation, { readonly claim: unknown }>,
): Answer {
  if (operation.type === "place" && sim.diskFull) return { type: "failed", detail: "no space left on device", log: "" };
  const { state, answer } = step(sim.state, operation, sim.signs.closed);
  sim.state = state;
  if (answer.type === "refused") {
    const detail = answer.cause === "locked" ? sim.signs.closed : answer.cause;
    return { ...answer, detail, record: state.record };
  }
  if (answer.type === "running")
    return back({ clock, sim, behaviours, fault }, operation.type === "revert" ? operation.to : "");
  if (fault === "fail") return { type: "failed", detail: "exit 1", log: "boom\n" };
  if (operation.type === "arm") {
    const { attempt, lease } = operation;
    clock.later(lease * 1000, () => {
      const expired = expire(sim.state, attempt);
      if (expired === sim.state) return;
      sim.state = expired;
      back({ clock, sim, behaviours }, expired.record.good);
    });
  }
  if (operation.type === "activate") {
    const behaviour = behaviours.get(versionOf(sim.state.link) ?? "");
    if (behaviour?.survives !== true) start({ clock, sim, behaviours });
    if (behaviour?.activates === false) return { type: "failed", detail: "exit 1", log: "cannot start\n" };
  }
  return { type: "done", record: sim.state.record };
}

function back(here: Here, to: string): Answer {
  const { sim } = here;
  const moved = sim.state.link !== to;
  sim.state = settle(sim.state, to, here.fault !== "fail");
  if (moved) start(here);
  if (sim.state.record.phase === "revert-failed")
    return { type: "failed", detail: "the old release does not start", log: "" };
  return { type: "done", record: sim.state.record };
}

function start({ clock, sim }: Here): void {
  sim.startedAt = clock.now();
  sim.starts += 1;
}

function look(here: Here, operation: Exclude<Look, { readonly type: "inspect" }>): Answer {
  const { clock, sim, behaviours } = here;
  const version = versionOf(sim.state.link) ?? "";
  const behaviour = behaviours.get(version) ?? {};
  const process = {
    identity: String(sim.starts),
    startedAt: sim.startedAt,
    release: sim.state.link,
    rss: 1e7,
    cpu: 1,
    restarts: undefined,
  };
  switch (operation.type) {
    case "observe":
      return {
        type: "observed",
        observation: {
          ...sim.state,
          now: clock.now(),
          free: sim.diskFull ? 0 : 1e12,
          missingTools: [],
          id: "",
          signs: sim.signs,
          foreign: undefined,
        },
      };
    case "check": {
      const healthy = version !== "" && behaviour.healthy !== false && behaviour.activates !== false;
      return {
        type: "health",
        healthy,
        detail: healthy ? "answered 200" : "connection refused",
        body: `{"version":"${version}"}`,
        process,
      };
    }
    case "processes":
      return { type: "processes", process };
    case "get": {
      const body = pageOf(sim, behaviours, clock.now());
      if (body === undefined) return { type: "unreachable", cause: "unreachable", reason: "no exporter" };
      return { type: "body", status: 200, body };
    }
    case "read-page":
    case "read-fleet":
      return { type: "page", page: undefined };
    case "execute":
      return { type: "exited", code: 0, stdout: "" };
  }
}

/** Forty requests a second since the start. */
function exposition({ p99 = 20, connections = 16, errors = 0, errorsAfter = 0 }: Behaviour, uptime: number): string {
  const all = Math.floor(uptime / 25);
  const bad = Math.floor((errors * Math.max(0, uptime - errorsAfter)) / 25);
  const edges = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
  return [
    ...edges.map((edge) => `http_request_seconds_bucket{le="${edge}"} ${p99 / 1000 <= edge ? all : 0}`),
    `http_request_seconds_bucket{le="+Inf"} ${all}`,
    `http_request_seconds_count ${all}`,
    `http_requests_total{code="200"} ${all - bad}`,
    `http_requests_total{code="500"} ${bad}`,
    `connections_active ${connections}`,
    "",
  ].join("\n");
}
