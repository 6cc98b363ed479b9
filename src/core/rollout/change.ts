import type { Component } from "../component.ts";
import type { Order } from "../host.ts";
import { announce, type Progress, type Reduced, type State, set, stay } from "./state.ts";

/** Sends an order to a host, and counts a repeated one. `after` is in ms. */
export function order(state: State, host: string, order: Order, after = 0): Reduced {
  const attempt = state.hosts.get(host)?.attempt ?? 0;
  return { state, effects: [{ type: "order", host, attempt, order, after }] };
}

export function place(state: State, host: Progress): Reduced {
  return order(
    set(state, host.plan.host, { at: "placing", tries: 0 }),
    host.plan.host,
    orderFor(state, host, "placing"),
  );
}

/** From a resting place to the next thing to do: the steps that are due, then the change itself. */
export function advance(state: State, name: string): Reduced {
  const host = state.hosts.get(name);
  if (host === undefined) return stay(state);
  if (dueStep(state) >= 0) return go(state, host, "stepping");
  const turn = state.turn + 1;
  const armed = { ...host, attempt: host.attempt + 1, touched: true, turn };
  return go(set({ ...state, turn }, name, armed), armed, "arming");
}

/** Index of the `once` step that is due now, or -1. */
export function dueStep(state: State): number {
  const when = state.phase.name === "finishing" ? "after" : "before";
  return state.given.component.once.findIndex((step, at) => step.when === when && !state.stepped.has(at));
}

/** Steps that an order of its own belongs to. */
export type Ordered =
  | "placing"
  | "stepping"
  | "arming"
  | "draining"
  | "switching"
  | "activating"
  | "undraining"
  | "confirming";

/** Goes to a step by sending its order. */
export function go(state: State, host: Progress, step: Ordered): Reduced {
  const switchedAt = step === "switching" ? state.now : host.switchedAt;
  return order(
    set(state, host.plan.host, { at: step, tries: 0, switchedAt }),
    host.plan.host,
    orderFor(state, host, step),
  );
}

/** What follows a step that is done: arm → drain → switch → activate → healthy → undrain → confirm. */
export function follow(state: State, host: Progress): Reduced {
  const { component } = state.given;
  switch (host.at) {
    case "stepping":
      return stepped(state, host);
    case "arming":
      return go(state, host, component.drain === undefined ? "switching" : "draining");
    case "draining":
      return go(state, host, "switching");
    case "switching":
      return go(state, host, "activating");
    case "activating":
      return component.healthy === undefined ? afterHealth(state, host) : check(state, host);
    case "checking":
      return afterHealth(state, host);
    case "undraining":
      return go(state, host, "confirming");
    case "placing":
      return stay(set(state, host.plan.host, { at: "placed" }));
    case "confirming":
      return stay(set(state, host.plan.host, { at: "confirmed", since: state.now, down: false }));
    default:
      return stay(state);
  }
}

function afterHealth(state: State, host: Progress): Reduced {
  return go(state, host, state.given.component.undrain === undefined ? "confirming" : "undraining");
}

/** Has the engine watch the host until it is healthy on the new release, or its time is over. */
function check(state: State, host: Progress): Reduced {
  const { host: name } = host.plan;
  const release = state.given.release.name;
  return {
    state: set(state, name, { at: "checking", tries: 0 }),
    effects: [{ type: "check", host: name, attempt: host.attempt, release, since: host.switchedAt }],
  };
}

function stepped(state: State, host: Progress): Reduced {
  const index = dueStep(state);
  const step = state.given.component.once[index];
  if (step === undefined) return stay(state);
  const { host: name } = host.plan;
  const now: State = {
    ...set(state, name, { at: step.when === "after" ? "proven" : "placed" }),
    stepped: new Set([...state.stepped, index]),
    irreversible: state.irreversible || !step.reversible,
  };
  return {
    state: now,
    effects: [announce({ type: "host.stepped", host: name, release: state.given.release.name, run: step.run })],
  };
}

/** The lease: what the way to a confirmed host may take, and some; seconds. */
export function leaseOf(component: Component): number {
  const healthy = (component.healthy?.within ?? 0) + (component.healthy?.for ?? 0);
  return Math.ceil(((component.drain?.for ?? 0) + component.activateWithin + healthy) / 1000) + 15;
}

/** The order that a step waits for; asked again with the same words when its answer was lost. */
export function orderFor(state: State, host: Progress, step: Ordered): Order {
  const { given } = state;
  const { attempt } = host;
  switch (step) {
    case "placing":
      return {
        type: "place",
        release: given.release,
        archive: given.archive,
        sha256: given.sha256,
        size: given.size,
        env: given.env,
      };
    case "stepping": {
      const index = dueStep(state);
      const run = given.component.once[index]?.run ?? "true";
      return { type: "once", release: given.release.name, index, run, within: 3_600_000 };
    }
    case "arming":
      return {
        type: "arm",
        rollout: given.options.rollout,
        attempt,
        target: given.release.name,
        from: host.plan.from,
        lease: leaseOf(given.component),
      };
    case "draining":
      return { type: "drain", attempt };
    case "switching":
      return { type: "switch", attempt };
    case "activating":
      return { type: "activate", attempt };
    case "undraining":
      return { type: "undrain", attempt };
    case "confirming":
      return { type: "confirm", rollout: given.options.rollout, attempt };
  }
}
