import type { HostRecord, Signs } from "./host.ts";
import type { Seen } from "./plan.ts";
import { readBeat } from "./sign.ts";
import { grouped } from "./words.ts";

/** A run that holds hosts and has not said that it is over. */
export type Runner = {
  readonly rollout: string;
  readonly run: string;
  readonly holder: string;
  /** The hosts that say so, best witness first: those where it left a beat, then by name. */
  readonly hosts: readonly string[];
};

/** How many hosts a runner leaves its beat on, and a newcomer watches. */
export const witnesses = 3;

/** Every run that may be at work. One that took its leave of any of its hosts is not, whatever the others still say. */
export function runnersOf(seen: ReadonlyMap<string, Seen>): readonly Runner[] {
  const hosts = [...seen].flatMap(([host, one]) => (one.type === "observed" ? [{ host, ...one.observation }] : []));
  return [...grouped(hosts, ({ record }) => record.run).values()].flatMap((held) => {
    const [first] = held;
    if (first === undefined || held.some(({ record }) => record.open === "" || record.holder === "")) return [];
    const best = [...held].sort((a, b) => Number(hasBeat(b)) - Number(hasBeat(a)) || byName(a.host, b.host));
    const { open: rollout, run, holder } = first.record;
    return [{ rollout, run, holder, hosts: best.map(({ host }) => host) }];
  });
}

export function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function hasBeat({ record, signs }: { readonly record: HostRecord; readonly signs: Signs }): boolean {
  return readBeat(signs.beat)?.run === record.run;
}

/** What of a host moves only while somebody runs: the run's orders and its beats. A lease that ends moves neither. */
export function lifeSign(record: HostRecord, { beat }: Signs): string {
  return `${record.generation}.${record.run}.${record.sequence} ${beat}`;
}
