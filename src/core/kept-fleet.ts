import type { Fleet, Host } from "./fleet.ts";

/** The hosts of a fleet as they were known when a rollout began, kept where a recovery finds them. No secrets. */
export type KeptFleet = {
  /** When that was, ISO 8601. */
  readonly at: string;
  readonly hosts: readonly Host[];
};

/** The list of a fleet whose hosts are all known. */
export function keptFleet({ cohorts }: Fleet, at: string): KeptFleet {
  return { at, hosts: cohorts.at(-1)?.hosts ?? [] };
}

/** The newest of some lists; undefined when there is none. */
export function newestKept(lists: readonly KeptFleet[]): KeptFleet | undefined {
  return [...lists].sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1);
}

/**
 * The fleet with the hosts of those cohorts that are in doubt (`unlisted`) added from a list: in their cohort and in all
 * that include it. A host that is known anyway stays as it is known.
 */
export function withKept(fleet: Fleet, kept: KeptFleet, unlisted: readonly string[]): Fleet {
  const known = new Set(fleet.cohorts.flatMap(({ hosts }) => hosts.map(({ name }) => name)));
  const missing = kept.hosts.filter((host) => unlisted.includes(host.cohort) && !known.has(host.name));
  const depth = new Map(fleet.cohorts.map(({ name }, index) => [name, index] as const));
  const cohorts = fleet.cohorts.map(({ name, hosts }, index) => ({
    name,
    hosts: [...hosts, ...missing.filter(({ cohort }) => Number(depth.get(cohort)) <= index)],
  }));
  return { cohorts };
}
