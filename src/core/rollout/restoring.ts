import { hostsIn } from "../fleet.ts";
import type { Order } from "../host.ts";
import { order } from "./change.ts";
import { close } from "./closing.ts";
import {
  and,
  announce,
  type Ending,
  each,
  isInHand,
  type Phase,
  type Progress,
  type Reduced,
  type State,
  set,
  stay,
} from "./state.ts";

type Restoring = Extract<Phase, { readonly name: "restoring" }>;

/** What went wrong on one host. */
export type Trouble = {
  readonly operation: string;
  readonly cause: string;
  readonly detail: string;
  readonly log: string;
};

/** Is this host to be brought back: changed by this rollout, or left unproven by one that it took over from? */
export function goesBack(host: Progress): boolean {
  return host.touched || (host.plan.unproven && host.fenced);
}

export function revertOrder(state: State, host: Progress): Order {
  const bad = state.phase.name === "restoring" && state.phase.bad;
  return { type: "revert", attempt: host.attempt, to: host.plan.back, bad };
}

/** One host failed: what of it was live goes back to its good release at once, and it counts against max_failed. */
export function putBack(state: State, host: Progress, trouble: Trouble): Reduced {
  const name = host.plan.host;
  const release = host.at === "reverting" ? host.plan.back : state.given.release.name;
  const said = announce({ type: "host.failed", host: name, release, ...trouble });
  const detail = `${trouble.operation}: ${trouble.detail}`;
  if (host.at === "reverting") return { state: set(state, name, { at: "stuck", bad: true, detail }), effects: [said] };
  if (host.at === "directing") return { state: set(state, name, { at: "directed", tries: 0 }), effects: [said] };
  if (host.at === "proving") return { state: set(state, name, { at: "stuck", bad: true, detail }), effects: [said] };
  if (host.at === "placing" || host.at === "stepping")
    return { state: set(state, name, { at: resting(state, host), bad: true, detail }), effects: [said] };
  return and({ state: set(state, name, { bad: true, detail }), effects: [said] }, (now) => revert(now, name));
}

function resting(state: State, host: Progress): "proven" | "failed" {
  return host.at === "stepping" && state.phase.name === "finishing" ? "proven" : "failed";
}

function revert(state: State, name: string): Reduced {
  const host = state.hosts.get(name);
  if (host === undefined) return stay(state);
  const reverting: Progress = { ...host, at: "reverting", attempt: host.attempt + 1, tries: 0 };
  return order(set(state, name, reverting), name, revertOrder(state, reverting));
}

/** Turns the whole rollout back. The direction is written first, so that a killed rollback goes on rolling back. */
export function restore(state: State, ending: Ending, bad: boolean): Reduced {
  const back = [...state.hosts.values()].filter(
    (host) => goesBack(host) && host.at !== "restored" && host.at !== "stuck",
  );
  const width = widthOf(state);
  const started = announce({
    type: "rollback.started",
    hosts: back.map((host) => host.plan.host),
    reason: ending.reason,
    width,
  });
  const now: State = { ...state, phase: { name: "restoring", ending, bad } };
  const directed = back.filter((host) => !isInHand(host) || host.at === "checking");
  return and({ state: now, effects: [started] }, (then) => each(then, directed, direct));
}

function direct(state: State, host: Progress): Reduced {
  if (!host.fenced) return stay(set(state, host.plan.host, { at: "unknown" }));
  return order(set(state, host.plan.host, { at: "directing", tries: 0 }), host.plan.host, {
    type: "direct",
    direction: "rollback",
  });
}

function widthOf(state: State): number {
  return Math.max(1, hostsIn(state.given.component.rollback.maxUnavailable, state.hosts.size));
}

/** Newest changed first, as many at once as `rollback.max_unavailable` leaves; a host that is down already costs none. */
export function pumpRestoring(state: State, { ending }: Restoring): Reduced {
  const hosts = [...state.hosts.values()].filter(goesBack);
  if (hosts.some((host) => host.at === "directing")) return stay(state);
  const ready = hosts.filter((host) => host.at === "directed").sort((a, b) => b.turn - a.turn);
  const started = each(state, ready, (now, host) => (mayRevert(now, host) ? revert(now, host.plan.host) : stay(now)));
  const open = [...started.state.hosts.values()].some(
    (host) => goesBack(host) && (isInHand(host) || host.at === "directed"),
  );
  return open ? started : and(started, (now) => close(now, endingOf(now, ending)));
}

function mayRevert(state: State, host: Progress): boolean {
  const hands = [...state.hosts.values()].filter((each) => isInHand(each) && !each.down && !each.bad);
  return host.down || host.bad || hands.length < widthOf(state);
}

/** Every error was collected: one host that is not back makes it *stuck*. */
function endingOf(state: State, ending: Ending): Ending {
  const left = [...state.hosts.values()].filter((host) => {
    const away = host.at === "stuck" || host.at === "unknown";
    return away && (goesBack(host) || state.given.plan.direction === "rollback");
  });
  if (left.length === 0) return ending;
  return {
    outcome: "stuck",
    reason: "rollback-incomplete",
    summary: `${ending.summary} ${left.length} of the hosts ${left.length === 1 ? "is" : "are"} not back: ${left.map((host) => host.plan.host).join(", ")}.`,
    hint: `Each is named below. When it answers again: ship rollback -c ${state.given.component.name}`,
  };
}
