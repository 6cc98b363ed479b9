import { type Draw, draws, geometric, poisson } from "./draw.ts";
import { type Latency, sharesOf, slower } from "./latency.ts";

/** How a service answers. Errors (a share of the requests) come in clusters of this size on average. */
export type Service = { readonly errors: number; readonly cluster: number; readonly latency: Latency };

/** What happens to a fleet. */
export type Load = {
  /** Requests a second over the whole fleet, spread evenly. */
  readonly rate: number;
  /** Five times as many for ten seconds now and then, on all hosts at once; the mean stays. */
  readonly isBursty: boolean;
  readonly before: Service;
  /** The service of each host (by its number) once it has the change. */
  readonly after: (host: number) => Service;
  /** A restarted service is cold until so many ms after it was confirmed; undefined for never. */
  readonly cold: number | undefined;
  /** Edges of the latency histogram, ms. */
  readonly edges: readonly number[];
};

/** What one host's process has counted since its start, and its state now. */
export type Page = {
  readonly good: number;
  readonly bad: number;
  /** Requests between one edge (ms) and the next, the last ones beyond all edges. */
  readonly buckets: readonly number[];
  readonly edges: readonly number[];
  readonly connections: number;
  readonly isHealthy: boolean;
  /** How many processes there were before. */
  readonly restarts: number;
};

/** A fleet under load. Times are ms from the start of the rollout. */
export type Traffic = {
  readonly restart: (host: number, at: number) => void;
  readonly confirm: (host: number, at: number) => void;
  readonly read: (host: number, at: number) => Page;
};

/** Traffic is drawn a second at a time, each host from chances of its own: who reads it, and when, changes nothing. */
const stepMs = 1000;

/** The load's traffic in the rollout with this seed; `key` is the rollout's number. */
export function trafficOf(load: Load, hosts: number, seed: number, key: number): Traffic {
  const bursts = load.isBursty ? burstsOf(draws(seed, key, 1000)) : () => 1;
  const all = Array.from({ length: hosts }, (_, host) => started(load, host, seed, key));
  const at = (host: number): Host => {
    const found = all[host];
    if (found === undefined) throw new Error(`there is no host ${host}`);
    return found;
  };
  return {
    restart: (number, now) => {
      const host = at(number);
      advance(host, { load, hosts, bursts }, now);
      host.serves = load.after(number);
      host.coldUntil = load.cold === undefined ? 0 : Number.POSITIVE_INFINITY;
      host.slowness = 10 + Math.floor(11 * host.draw());
      host.restarts += 1;
      host.good = 0;
      host.bad = 0;
      host.buckets.fill(0);
    },
    confirm: (number, now) => {
      const host = at(number);
      advance(host, { load, hosts, bursts }, now);
      host.coldUntil = now + (load.cold ?? 0);
    },
    read: (number, now) => {
      const host = at(number);
      advance(host, { load, hosts, bursts }, now);
      const { good, bad, buckets, restarts, state } = host;
      const connections = 14 + Math.floor(5 * state());
      return {
        good,
        bad,
        buckets: [...buckets],
        edges: load.edges,
        connections,
        isHealthy: state() >= illAtPoll,
        restarts,
      };
    },
  };
}

/** How often a health check of a healthy service fails for no reason. */
const illAtPoll = 1 / 1000;

/** Errors of a service that is cold. */
const coldErrors = 0.05;

type Host = {
  readonly draw: Draw;
  readonly state: Draw;
  serves: Service;
  step: number;
  coldUntil: number;
  /** By which factor a cold service is slower. */
  slowness: number;
  restarts: number;
  good: number;
  bad: number;
  readonly buckets: number[];
};

function started({ before, edges }: Load, host: number, seed: number, key: number): Host {
  return {
    draw: draws(seed, key, host),
    state: draws(seed, key, host, 1),
    serves: before,
    step: 0,
    coldUntil: 0,
    slowness: 1,
    restarts: 0,
    good: 0,
    bad: 0,
    buckets: Array.from({ length: edges.length + 1 }, () => 0),
  };
}

type Fleet = { readonly load: Load; readonly hosts: number; readonly bursts: (step: number) => number };

function advance(host: Host, { load, hosts, bursts }: Fleet, now: number): void {
  for (; (host.step + 1) * stepMs <= now; host.step += 1) {
    const requests = (load.rate / hosts) * (stepMs / 1000) * bursts(host.step);
    const isCold = host.step * stepMs < host.coldUntil;
    const slowness = isCold ? host.slowness : 1;
    serve(
      host,
      isCold ? coldErrors : host.serves.errors,
      requests,
      bucketsOf(host.serves.latency, slowness, load.edges),
    );
  }
}

/** Good requests fall into each bucket by a Poisson process of its own, which is the same as one process that is dealt out. */
function serve(host: Host, errors: number, requests: number, shares: readonly number[]): void {
  const { draw, buckets, serves } = host;
  const good = requests * (1 - errors);
  for (const [at, share] of shares.entries()) {
    const count = poisson(draw, good * share);
    buckets[at] = (buckets[at] ?? 0) + count;
    host.good += count;
  }
  for (let clusters = poisson(draw, (requests * errors) / serves.cluster); clusters > 0; clusters -= 1) {
    for (let size = geometric(draw, serves.cluster); size > 0; size -= 1) {
      const at = picked(draw(), shares);
      buckets[at] = (buckets[at] ?? 0) + 1;
      host.bad += 1;
    }
  }
}

function picked(chance: number, shares: readonly number[]): number {
  let rest = chance;
  return Math.max(
    0,
    shares.findIndex((share) => {
      rest -= share;
      return rest < 0;
    }),
  );
}

const known = new WeakMap<Latency, Map<string, readonly number[]>>();

function bucketsOf(latency: Latency, slowness: number, edges: readonly number[]): readonly number[] {
  const ofThis = known.get(latency) ?? new Map<string, readonly number[]>();
  known.set(latency, ofThis);
  const name = `${slowness} ${edges.length}`;
  const found = ofThis.get(name) ?? sharesOf(slowness === 1 ? latency : slower(latency, slowness), edges);
  ofThis.set(name, found);
  return found;
}

const burst = { seconds: 10, calm: 40, factor: 5 };
const meanFactor = (burst.seconds * burst.factor + burst.calm) / (burst.seconds + burst.calm);

/** By which factor there are more or fewer requests than on average, for each step. */
function burstsOf(draw: Draw): (step: number) => number {
  const factors: number[] = [];
  let isOn = false;
  return (step) => {
    while (factors.length <= step) {
      isOn = draw() < 1 / (isOn ? burst.seconds : burst.calm) ? !isOn : isOn;
      factors.push((isOn ? burst.factor : 1) / meanFactor);
    }
    return factors[step] ?? 1;
  };
}
