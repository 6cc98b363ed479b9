import type { Config } from "../config/load.ts";
import type { Component } from "../core/component.ts";
import { ShipError } from "../core/error.ts";
import { hostsOf } from "../core/fleet.ts";
import type { Hosts } from "../core/host.ts";
import { plan } from "../core/plan.ts";
import { observeFleet } from "../engine/observe.ts";
import { run } from "../engine/run.ts";
import type { Targets, World } from "../engine/world.ts";
import { createHosts } from "../host/perform.ts";
import type { Sandbox } from "../sandbox/open.ts";
import { openSsh } from "../ssh/transport.ts";
import { clock } from "./clock.ts";
import { resolveCargo } from "./resolve.ts";
import { givenOf } from "./roll.ts";
import { sandboxTarget } from "./sandbox-target.ts";

/** What the sandbox's hosts run at first. */
const firstVersion = "v407";

/** Brings fresh sandbox hosts to their first version the way every host gets one: by a rollout, all at once and unwatched. */
export function seed(config: Config, component: Component) {
  return async (sandbox: Sandbox, fresh: readonly string[]): Promise<void> => {
    const transport = openSsh({
      resolve: sandboxTarget(sandbox),
      concurrency: config.ssh.concurrency,
    });
    try {
      await rollOut(config, hurried(component, config), createHosts(transport), new Set(fresh));
    } finally {
      await transport.close();
    }
  };
}

/** ms that a first version may take to answer: nothing serves there yet, and a busy machine starts all hosts' apps at once. */
const patience = 120_000;

function hurried(component: Component, config: Config): Component {
  const all = config.fleet.cohorts.at(-1)?.name ?? "";
  const everything = { type: "percent", percent: 100 } as const;
  return {
    ...component,
    healthy: component.healthy && { ...component.healthy, within: Math.max(component.healthy.within, patience) },
    stages: [{ cohort: all, share: undefined, bake: 0, longestBake: 0, maxFailed: undefined }],
    assertions: [],
    once: [],
    maxUnavailable: everything,
  };
}

async function rollOut(config: Config, component: Component, hosts: Hosts, fresh: ReadonlySet<string>): Promise<void> {
  const members = (hostsOf(config.fleet, component.hosts).at(-1)?.hosts ?? []).filter((host) => fresh.has(host.name));
  const targets: Targets = { component, hosts: new Map(members.map((host) => [host.name, host])) };
  const world: World = { hosts, clock, tell: () => undefined, onSignal: () => () => undefined };
  const cargo = await resolveCargo(component, firstVersion);
  const seen = await observeFleet(world, targets);
  const wanted = { to: undefined, selected: fresh, now: true, adopt: false, retryBad: false };
  const planned = plan({ component, fleet: config.fleet, release: cargo.release, seen, ...wanted });
  if (planned.type === "refused") throw failure(planned.complaints.join("; "), []);
  const why = "the sandbox's first version";
  const asked = { asked: "release", why, onFailure: "hold", timeout: undefined, now: true } as const;
  const ended = await run(world, targets, givenOf(component, planned.plan, cargo, seen, asked));
  if (ended.outcome !== "done")
    throw failure(
      ended.summary,
      ended.hosts.flatMap((host) => host.detail ?? []),
    );
}

function failure(what: string, details: readonly string[]): ShipError {
  const hint = "Try again after: ship sandbox down";
  return new ShipError("refused", `The sandbox could not be set up: ${what}`, { details: [...new Set(details)], hint });
}
