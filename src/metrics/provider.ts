import type { MetricShape } from "../core/component.ts";
import type { Host } from "../core/fleet.ts";
import type { Answer, Look } from "../core/host.ts";
import type { Reading, Sample } from "../core/sample.ts";

/** One metric as its provider is asked for it. */
export type Wish = { readonly shape: MetricShape; readonly settings: unknown };

/** What is to be measured, and the ways to it. */
export type Asking = {
  /** Those with the change and, where an assertion is about them, those without. */
  readonly hosts: readonly Host[];
  /** From when on the samples of a host with the change count, ms since the epoch by our clock; the others are not in it. */
  readonly from: ReadonlyMap<string, number>;
  /** ms between two measurements. */
  readonly every: number;
  readonly component: string;
  /** The config's folder. */
  readonly root: string;
  /** Reaches a host of the component; what goes wrong is an answer. */
  readonly look: (host: Host, look: Look) => Promise<Answer>;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** A sample without what the caller knows; `at` is when it came, unless the source says how old it is. */
export type Found = Pick<Sample, "host" | "reading" | "stamp" | "start"> & { readonly at?: number | undefined };

/** Reads metrics. What cannot be read is a reading too: `missing`, with its cause, for every host that was asked about. */
export type MetricProvider = {
  /** Metrics whose settings have the same key are read by one request: the same page, the same program, the same server. */
  readonly key: (settings: unknown) => string;
  /** Who answers, as a verdict names it: `prometheus http://prometheus:9090`. */
  readonly origin: (settings: unknown) => string;
  /** What was found for each wish, in their order. All have the same key. */
  readonly read: (wishes: readonly Wish[], asking: Asking) => Promise<readonly (readonly Found[])[]>;
};

/** One host, and the way to it. */
export type Reach = Pick<Asking, "component" | "root" | "every" | "now"> & {
  readonly host: Host;
  readonly look: (look: Look) => Promise<Answer>;
};

/** A provider's `read` for what is read on each host alone: `readOne` gives the readings of the wishes in their order. */
export function onEachHost(
  readOne: (wishes: readonly Wish[], reach: Reach) => Promise<readonly Reading[]>,
): MetricProvider["read"] {
  return fromEachHost(async (wishes, reach) => (await readOne(wishes, reach)).map((reading) => ({ reading })));
}

/** The same, for sources that say more of a reading than its number. */
export function fromEachHost(
  readOne: (wishes: readonly Wish[], reach: Reach) => Promise<readonly Omit<Found, "host">[]>,
): MetricProvider["read"] {
  return async (wishes, asking) => {
    const all = await Promise.all(asking.hosts.map((host) => readOne(wishes, reachOf(host, asking))));
    const told = asking.hosts.map(({ name }, index) => ({ host: name, found: all[index] ?? [] }));
    return wishes.map((_, wish) =>
      told.flatMap(({ host, found }) => {
        const one = found[wish];
        return one === undefined ? [] : [{ ...one, host }];
      }),
    );
  };
}

function reachOf(host: Host, { component, root, every, now, look }: Asking): Reach {
  return { host, component, root, every, now, look: (asked) => look(host, asked) };
}
