import { type Grown, grow, ungrown } from "./counts.ts";
import type { Reading, Sample } from "./sample.ts";

/** Readings that a number is made from; also all that is kept of a metric on a host. */
export const windowReadings = 10;

/** Another life of the service than these is not told apart any more: it is a crash loop long before. */
const mostLives = 50;

/** A source's start of a process may differ from what the host says by this many ms, and be the same process. */
const startSlack = 2_000;

export type Timed = { readonly at: number; readonly reading: Reading; readonly stamp?: number | undefined };

/** What is kept of one metric on one host, since the host's samples count. Readings have the oldest first. */
export type History = {
  /** ms since the epoch: the end of the host's warm-up; -Infinity on a host without the change. */
  readonly from: number;
  readonly readings: readonly Timed[];
  /** Time of the newest sample that does not count, being from before that; ms since the epoch. */
  readonly early: number | undefined;
  /** Who gave them; what another origin gave before is not kept: its counts cannot be subtracted from these. */
  readonly origin: string;
  /** By how much each series of a counter grew since the host's samples count. Never shrinks. */
  readonly grown: Grown["series"];
  /** Last value of each counter; undefined before the first, and when another origin begins. */
  readonly counters: Grown["last"];
  /** Identities that the service's main process has had. */
  readonly lives: readonly string[];
  /** The supervisor's count of restarts, first and last. */
  readonly counted: { readonly first: CountedAt; readonly last: CountedAt } | undefined;
};

type CountedAt = { readonly at: number; readonly count: number };

/** What judgement stands on: metric → host → history. Bounded for each of them, whatever the length of the rollout. */
export type Evidence = ReadonlyMap<string, ReadonlyMap<string, History>>;

export const emptyEvidence: Evidence = new Map();

/** The hosts with the change, since when (ms since the epoch), and for how long (ms) after it their samples do not count. */
export type Changed = { readonly since: ReadonlyMap<string, number>; readonly warmup: number };

/**
 * The evidence with these samples, in order of their time. What a changed host's samples said before its warm-up was
 * over never counts, nor what the process said that ran before; a host that is changed, changed again or put back starts
 * anew. A sample that is not newer than the last one of its metric and host is the same one, read twice.
 */
export function addSamples(evidence: Evidence, samples: readonly Sample[], changed: Changed): Evidence {
  const histories = new Map([...evidence].map(([metric, hosts]) => [metric, new Map(hosts)]));
  const starts = startsOf(samples);
  for (const sample of [...samples].sort((left, right) => left.at - right.at)) {
    const from = countsFrom(sample.host, changed);
    const hosts = histories.get(sample.metric) ?? new Map<string, History>();
    const known = hosts.get(sample.host);
    const history = known?.from === from ? known : fresh(from);
    const life = ofThisLife(sample, starts.get(sample.host));
    hosts.set(sample.host, sample.at < from ? { ...history, early: sample.at } : add(history, life));
    histories.set(sample.metric, hosts);
  }
  return histories;
}

/** The history of a metric on a host, as far as it counts now. */
export function historyOf(evidence: Evidence, metric: string, host: string, changed: Changed): History | undefined {
  const history = evidence.get(metric)?.get(host);
  return history?.from === countsFrom(host, changed) ? history : undefined;
}

/** ms since the epoch from which a host's samples count. */
export function countsFrom(host: string, changed: Changed): number {
  const since = changed.since.get(host);
  return since === undefined ? Number.NEGATIVE_INFINITY : since + changed.warmup;
}

/** When the service's process started on each host, as the host itself says. */
function startsOf(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(
    samples.flatMap(({ host, reading, start }) =>
      reading.type === "identity" && start !== undefined ? [[host, start] as const] : [],
    ),
  );
}

/** A source may still have the numbers of the process that was there before. */
function ofThisLife(sample: Sample, started: number | undefined): Sample {
  const { start } = sample;
  if (start === undefined || started === undefined || start >= started - startSlack) return sample;
  const detail = "was counted by a process that ran before the service's; `exporter: true` where that is right";
  return { ...sample, reading: { type: "missing", cause: "stale", detail } };
}

function fresh(from: number): History {
  return {
    from,
    readings: [],
    early: undefined,
    origin: "",
    grown: ungrown.series,
    counters: ungrown.last,
    lives: [],
    counted: undefined,
  };
}

function add(history: History, { at, reading, stamp, origin }: Sample): History {
  const before = history.origin === origin ? history.readings : [];
  const last = before.at(-1);
  if (last !== undefined && (at <= last.at || (stamp !== undefined && stamp === last.stamp))) return history;
  const known = history.origin === origin ? history.counters : undefined;
  const { series, last: counters } = grow({ series: history.grown, last: known }, reading);
  const readings = [...before.slice(1 - windowReadings), { at, reading, stamp }];
  const kept: History = { ...history, origin, readings, grown: series, counters };
  if (reading.type !== "identity") return kept;
  const { identity, count } = reading;
  const lives = history.lives.includes(identity) || history.lives.length >= mostLives;
  return {
    ...kept,
    lives: lives ? history.lives : [...history.lives, identity],
    counted: count === undefined ? history.counted : spanned(history.counted, { at, count }),
  };
}

function spanned(span: History["counted"], now: CountedAt): History["counted"] {
  return { first: span?.first ?? now, last: now };
}
