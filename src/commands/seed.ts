import { join } from "node:path";
import { buildRelease } from "../artifacts/release.ts";
import { resolveArtifact } from "../artifacts/resolve.ts";
import type { Config } from "../config/load.ts";
import type { Component } from "../core/component.ts";
import { ShipError } from "../core/error.ts";
import { hostsOf } from "../core/fleet.ts";
import { plan } from "../core/plan.ts";
import { observeFleet } from "../engine/observe.ts";
import { run } from "../engine/run.ts";
import type { Targets, World } from "../engine/world.ts";
import { createHosts } from "../host/perform.ts";
import type { Sandbox } from "../sandbox/open.ts";
import { openSsh } from "../ssh/transport.ts";
import { clock } from "./clock.ts";
import { givenOf } from "./roll.ts";
import { sandboxTarget } from "./transport.ts";

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

function hurried(component: Component, config: Config): Component {
  const all = config.fleet.cohorts.at(-1)?.name ?? "";
  const everything = { type: "percent", percent: 100 } as const;
  return {
    ...component,
    stages: [{ cohort: all, share: undefined, bake: 0, maxFailed: undefined }],
    assertions: [],
    once: [],
    maxUnavailable: everything,
  };
}

async function rollOut(
  config: Config,
  component: Component,
  hosts: World["hosts"],
  fresh: ReadonlySet<string>,
): Promise<void> {
  const members = (hostsOf(config.fleet, component.hosts).at(-1)?.hosts ?? []).filter((host) => fresh.has(host.name));
  const targets: Targets = { component, hosts: new Map(members.map((host) => [host.name, host])) };
  const world: World = {
    hosts,
    clock,
    tell: () => undefined,
    onSignal: () => () => undefined,
  };
  const resolved = await resolveArtifact({
    component: component.name,
    version: firstVersion,
    source: component.source,
    root: config.root,
    cache: join(config.root, ".ship", "cache"),
    env: process.env,
  });
  const release = buildRelease(component, resolved);
  const seen = await observeFleet(world, targets);
  const planned = plan({
    component,
    fleet: config.fleet,
    release,
    seen,
    to: undefined,
    selected: fresh,
    now: true,
    adopt: false,
    retryBad: false,
  });
  if (planned.type === "refused")
    throw new ShipError("refused", `The sandbox could not be set up: ${planned.complaints.join("; ")}`);
  const cargo = { release, archive: resolved.archive, sha256: resolved.wire.sha256, size: resolved.wire.size };
  const given = givenOf(component, planned.plan, cargo, seen, {
    asked: "release",
    why: "the sandbox's first version",
    onFailure: "hold",
    timeout: undefined,
    now: true,
  });
  const ended = await run(world, targets, given);
  if (ended.outcome !== "done")
    throw new ShipError("bug", `The sandbox could not be set up: ${ended.summary}`, {
      details: ended.hosts.flatMap((host) => host.detail ?? []),
    });
}
