import { join } from "node:path";
import type { Config } from "../config/load.ts";
import type { Component } from "../core/component.ts";
import type { Host } from "../core/fleet.ts";
import type { Hosts } from "../core/host.ts";
import type { Route } from "../core/route.ts";
import { createHosts } from "../host/perform.ts";
import type { Uplink } from "../host/uplink.ts";
import { sshResolver } from "../ssh/lookup/config.ts";
import { openSsh } from "../ssh/transport.ts";
import { sandboxTarget } from "./sandbox-target.ts";
import { seed } from "./seed.ts";

/** The way to a component's hosts, to real servers or to the sandbox's own. `met` hears how each is reached; bytes leave by `uplink`. */
export async function openTransport(
  config: Config,
  component: Component,
  { met, uplink }: { readonly met?: (host: Host, route: Route) => void; readonly uplink?: Uplink } = {},
): Promise<{ hosts: Hosts; close: () => Promise<void> }> {
  const { ssh } = config;
  const resolve =
    ssh.transport === "sandbox"
      ? await sandboxResolver(config, component)
      : sshResolver({ user: ssh.user, transport: ssh.transport });
  const transport = openSsh({ resolve, concurrency: ssh.concurrency, ...(met === undefined ? {} : { met }) });
  return { hosts: createHosts(transport, uplink), close: () => transport.close() };
}

/** Where the sandbox lives: beside the config, or where SHIP_SANDBOX says, so that another folder's config can meet it. */
export function sandboxFolder(root: string): string {
  return process.env["SHIP_SANDBOX"] ?? join(root, ".ship", "sandbox");
}

async function sandboxResolver(config: Config, component: Component) {
  const { openSandbox } = await import("../sandbox/open.ts");
  const names = (config.fleet.cohorts.at(-1)?.hosts ?? []).map((host) => host.name);
  const sandbox = await openSandbox(sandboxFolder(config.root), names, { seed: seed(config, component) });
  return sandboxTarget(sandbox);
}
