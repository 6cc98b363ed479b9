import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { placesOf } from "../changes/joined.ts";
import { readKept } from "../config/kept-fleet.ts";
import type { Config } from "../config/load.ts";
import type { Component } from "../core/component.ts";
import { hostsOf } from "../core/fleet.ts";
import { type KeptFleet, newestKept, withKept } from "../core/kept-fleet.ts";
import { treeOn } from "../engine/world.ts";
import { fleetKeptHere } from "../journal/fleet.ts";
import { onServers } from "./on-servers.ts";
import type { Session } from "./session.ts";

/** The fleet as far as a recovery can know it. `doubtful`: cohorts of which some hosts may be missing. */
export type Recovered = { readonly config: Config; readonly doubtful: readonly string[] };

type Found = { readonly kept: KeptFleet; readonly by: string };

/** Where this machine keeps the list of the fleet's hosts: beside the journals. */
export function keptFile(root: string): string {
  return join(root, ".ship", "fleet");
}

/**
 * Hosts whose inventory program failed are taken from the list that every fence leaves on the hosts, and every rollout here:
 * the newest of those that come in time. It says so in a warning, and names the cohorts for which there is none.
 */
export async function recoverHosts(session: Session, config: Config, component: Component): Promise<Recovered> {
  const { unlisted } = config;
  if (unlisted.length === 0) return { config, doubtful: [] };
  const here = await foundHere(config);
  const kept = here.reduce((now, one) => added(now, one.kept), config);
  const found = [...here, ...(await foundThere(kept, component))];
  const newest = newestKept(found.map((one) => one.kept));
  const cohorts = unlisted.join(", ");
  if (newest === undefined) {
    const text = `The hosts of ${cohorts} are not known: the inventory failed, and no list of them is kept here or on a host that is.`;
    const hint = "Mend the inventory, or write the hosts into the cohort's file.";
    session.tell({ type: "warned", text, hint });
    return { config, doubtful: unlisted };
  }
  const by = found.find((one) => one.kept === newest)?.by ?? "";
  const text = `The inventory of ${cohorts} failed: its hosts are those of the list of ${newest.at} that ${by} keeps.`;
  session.tell({ type: "warned", text, hint: undefined });
  return { config: added(config, newest), doubtful: [] };
}

function added(config: Config, kept: KeptFleet): Config {
  return { ...config, fleet: withKept(config.fleet, kept, config.unlisted) };
}

async function foundHere({ root }: Config): Promise<readonly Found[]> {
  const kept = readKept((await fleetKeptHere(keptFile(root))) ?? "");
  return kept === undefined ? [] : [{ kept, by: "this machine" }];
}

/** What others may take once the first list has come, ms. */
const graceMs = 1_000;

/** Asks all hosts that are known at once: a dead one keeps nobody waiting when another answers. */
async function foundThere(config: Config, component: Component): Promise<readonly Found[]> {
  const known = hostsOf(placesOf(component, config.fleet), component.hosts).at(-1)?.hosts ?? [];
  const { openTransport } = await import("./transport.ts");
  const { hosts: servers, close } = await openTransport(config, component);
  const hosts = onServers(servers);
  const found: Found[] = [];
  try {
    const asked = known.map(async (host) => {
      const answer = await hosts.perform(host, treeOn(component, host), { type: "read-fleet" });
      const kept = answer.type === "page" && answer.page !== undefined ? readKept(answer.page) : undefined;
      if (kept !== undefined) found.push({ kept, by: host.name });
      return kept !== undefined;
    });
    await Promise.race([Promise.all(asked), firstOf(asked).then(() => sleep(graceMs))]);
    return [...found];
  } finally {
    await close();
  }
}

function firstOf(asked: readonly Promise<boolean>[]): Promise<void> {
  return new Promise((resolve) => {
    for (const one of asked) void one.then((isList) => (isList ? resolve() : undefined));
  });
}
