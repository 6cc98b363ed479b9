import type { Component } from "../component.ts";
import type { Order } from "../host.ts";
import type { Origin } from "../origin.ts";
import { relayOf } from "./bytes.ts";
import type { Progress, Step } from "./progress.ts";
import type { State } from "./state.ts";

/** The step that waits for each order. */
export const waits = {
  place: "placing",
  once: "stepping",
  arm: "arming",
  drain: "draining",
  switch: "switching",
  activate: "activating",
  undrain: "undraining",
  confirm: "confirming",
  prove: "proving",
  direct: "directing",
  revert: "reverting",
} as const satisfies Readonly<Record<Exclude<Order["type"], "fence" | "close">, Step>>;

export type Asking = (typeof waits)[keyof typeof waits];

/** What a host waits for: an order's answer, or a look. */
export type Awaited = Asking | "identifying" | "checking" | "verifying";

/** What is done in each step, as people and programs read it. */
export const operations: Readonly<Record<Awaited, string>> = {
  placing: "place",
  stepping: "once",
  arming: "arm",
  draining: "drain",
  identifying: "identify",
  checking: "healthy",
  verifying: "verify",
  switching: "switch",
  activating: "activate",
  undraining: "undrain",
  confirming: "confirm",
  proving: "prove",
  directing: "direct",
  reverting: "revert",
};

/** What a `once` step may take, ms: a migration of a large table is no reason to give up. */
const stepMs = 3_600_000;

/** The order that a step waits for; asked again with the same words when its answer was lost. */
export function orderFor(state: State, host: Progress, step: Asking): Order {
  const { given } = state;
  const { attempt } = host;
  const { rollout } = given.options;
  const release = given.release.name;
  switch (step) {
    case "placing": {
      const { archive, sha256, size, env } = given;
      const keeps = given.component.spread === true ? { keepsArchive: true } : {};
      return { type: "place", release: given.release, archive, sha256, size, env, ...keeps, ...originFor(state, host) };
    }
    case "stepping":
      return { type: "once", release, index: host.step.index, run: host.step.run, within: stepMs };
    case "arming":
      return {
        type: "arm",
        rollout,
        attempt,
        target: release,
        from: host.plan.from,
        lease: leaseOf(given.component) / 1000,
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
      return { type: "confirm", rollout, attempt };
    case "proving":
      return { type: "prove", target: release };
    case "directing":
      return { type: "direct", direction: "rollback", bad: foundBad(state) };
    case "reverting":
      return { type: "revert", attempt, to: host.plan.back };
  }
}

/** Where a host is to fetch its bytes: from one that passes them on, or from the artifact's own address. */
function originFor(state: State, host: Progress): { readonly from?: Origin } {
  const { origin, component } = state.given;
  const url = state.bytes.relays.get(relayOf(state, host) ?? "")?.url;
  if (url !== undefined) return { from: { by: "relay", url, headers: {} } };
  return component.fetch === true && origin !== undefined ? { from: { ...origin, by: "url" } } : {};
}

/** Only a verdict marks a release as bad, and only the one that it was about. */
function foundBad({ phase, given }: State): string {
  return phase.name === "restoring" && phase.bad ? given.release.name : "";
}

/** The lease: what the way to a confirmed host may take, and some; ms, in whole seconds as the host counts them. */
export function leaseOf({ drain, activateWithin, healthy }: Component): number {
  const answering = healthy === undefined ? 0 : healthy.within + healthy.for;
  return Math.ceil(((drain?.for ?? 0) + activateWithin + answering) / 1000) * 1000 + 15_000;
}

/** Release that an order of this step brings the host to, for what is told of it. */
export function releaseAt(state: State, host: Progress): string {
  return host.at === "reverting" || host.at === "verifying" ? host.plan.back : state.given.release.name;
}
