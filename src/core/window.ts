import type { Reading, Sample } from "./sample.ts";

/** Readings that a number is made from; also all that is kept of a metric on a host. */
export const windowReadings = 10;

/** Another life of the service than these is not told apart any more: it is a crash loop long before. */
const mostLives = 50;

export type Timed = { readonly at: number; readonly reading: Reading };

/** What is kept of one metric on one host, since the host's samples count. Readings have the oldest first. */
export type History = {
  /** ms since the epoch: the end of the host's warm-up; -Infinity on a host without the change. */
  readonly from: number;
  readonly readings: readonly Timed[];
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
 * The evidence with these samples. What a changed host's samples said before its warm-up was over never counts, and a
 * host that is changed, changed again or put back starts anew. The order of samples does not matter; of two of the same
 * time the first stands.
 */
export function addSamples(evidence: Evidence, samples: readonly Sample[], changed: Changed): Evidence {
  const histories = new Map([...evidence].map(([metric, hosts]) => [metric, new Map(hosts)]));
  for (const sample of samples) {
    const from = countsFrom(sample.host, changed);
    if (sample.at < from) continue;
    const hosts = histories.get(sample.metric) ?? new Map<string, History>();
    const known = hosts.get(sample.host);
    hosts.set(sample.host, add(known?.from === from ? known : fresh(from), sample));
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

function fresh(from: number): History {
  return { from, readings: [], lives: [], counted: undefined };
}

function add(history: History, { at, reading }: Sample): History {
  if (history.readings.some((known) => known.at === at)) return history;
  const readings = [...history.readings, { at, reading }].sort((left, right) => left.at - right.at);
  const kept = { ...history, readings: readings.slice(-windowReadings) };
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
  if (span === undefined) return { first: now, last: now };
  return { first: now.at < span.first.at ? now : span.first, last: now.at > span.last.at ? now : span.last };
}
