import { type Bucket, type Growth, growth, pooledBuckets, quantileOf, totalOf } from "./counts.ts";
import type { Cause, Measure, Reading } from "./sample.ts";
import { type Changed, countsFrom, type Evidence, type History, historyOf, type Timed } from "./window.ts";

/** Why there is no number, and on which host, where it is one host's. */
export type Gap = { readonly cause: Cause; readonly detail: string; readonly host: string | undefined };

/** What a metric, or a formula of metrics, is now. */
export type Estimate =
  | {
      readonly type: "number";
      readonly value: number;
      /** The number is only known to be this much or more. */
      readonly atLeast: boolean;
      /** Events that it rests on; undefined where none are counted. */
      readonly events: number | undefined;
      /** Hosts that should be in the number and are not: it can speak against the service, and never for it. */
      readonly gaps: readonly Gap[];
      /** Time of the newest reading behind it. */
      readonly newest: number;
    }
  | { readonly type: "missing"; readonly gaps: readonly Gap[] };

/** Evidence, and the moment at which it is looked at. `every` is the time between two readings, ms. */
export type Moment = {
  readonly evidence: Evidence;
  readonly changed: Changed;
  readonly at: number;
  readonly every: number;
  /** What the hosts' counters grew by since counting began, where a number is of all since then and not of the last readings. */
  readonly growths?: ReadonlyMap<string, Growth>;
};

/** A reading older than this many intervals is no number: ours, or the source's own where that is longer. */
const staleAfter = 3;

/** The metric over these hosts together; `group` is the name under which a source has their number that has none for each. */
export function estimate(measure: Measure, members: readonly string[], moment: Moment, group?: string): Estimate {
  const hosts = measure.grouped && group !== undefined ? [group] : members;
  if (members.length === 0)
    return missing([{ cause: "no-data", detail: "there is no such host now", host: undefined }]);
  const known: Part[] = [];
  const gaps: Gap[] = [];
  for (const host of hosts) {
    const present = presentOf(measure, host, moment);
    if ("cause" in present) gaps.push(present);
    else known.push(present);
  }
  switch (measure.shape.type) {
    case "gauge":
    case "rate":
      return joined(measure, known, gaps);
    case "restarts":
      return restarts(known, gaps);
    case "ratio":
      return ratio(known, gaps);
    case "quantile":
      return quantile(measure.shape, known, gaps);
  }
}

/** One host's part: a number of its own, or the counts that it gives to the pool. */
type Part = {
  readonly value: number;
  readonly growth: Growth;
  readonly at: number;
  readonly sure: boolean;
};

function presentOf(measure: Measure, host: string, moment: Moment): Part | Gap {
  const history = historyOf(moment.evidence, measure.name, host, moment.changed);
  const last = history?.readings.at(-1);
  if (history === undefined || last === undefined) return unmeasured(host, moment, history?.early);
  const lost = lostNow(last.reading) ?? (isStale(history, moment) ? stale(moment, last.at) : undefined);
  const part =
    measure.shape.type === "restarts"
      ? lives(history, lost, last.at)
      : (lost ?? partOf(measure, history, last, moment.growths?.get(host)));
  return "cause" in part ? { ...part, host } : part;
}

type Reason = Omit<Gap, "host">;

function lostNow(reading: Reading): Reason | undefined {
  if (reading.type === "missing") return { cause: reading.cause, detail: reading.detail };
  const odd = valuesOf(reading).find((value) => !Number.isFinite(value));
  if (odd === undefined) return undefined;
  return Number.isNaN(odd)
    ? { cause: "nan", detail: "is not a number" }
    : { cause: "non-finite", detail: "is infinite" };
}

/** A source that has a new sample once a minute is not silent after three looks of ten seconds. */
function isStale({ readings }: History, { at, every }: Moment): boolean {
  if (readings.some((reading) => reading.at >= at - staleAfter * every)) return false;
  const gaps = readings.slice(1).map((reading, index) => reading.at - Number(readings[index]?.at));
  const own = gaps.length === 0 ? 0 : Math.min(...gaps);
  return readings.every((reading) => reading.at < at - staleAfter * Math.max(every, own));
}

function valuesOf(reading: Reading): readonly number[] {
  if (reading.type === "gauge") return [reading.value];
  return reading.type === "counters" || reading.type === "growth" ? Object.values(reading.series) : [];
}

function stale(moment: Moment, at: number): Reason {
  return { cause: "stale", detail: `last read ${Math.round((moment.at - at) / 1000)}s ago` };
}

/** `early`: when its newest sample is of that does not count. */
function unmeasured(host: string, moment: Moment, early: number | undefined): Gap {
  if (moment.at < countsFrom(host, moment.changed)) return { cause: "no-data", detail: "is warming up", host };
  if (early === undefined) return { cause: "no-data", detail: "not measured yet", host };
  const { cause, detail } = stale(moment, early);
  return { cause, detail: `${detail}, before its warm-up was over`, host };
}

function partOf(measure: Measure, history: History, last: Timed, since: Growth | undefined): Part | Reason {
  if (last.reading.type === "gauge") return { value: last.reading.value, growth: nothing, at: last.at, sure: true };
  const grown = since ?? growth(history.readings);
  if (grown === undefined) return { cause: "too-few", detail: "two readings are needed" };
  const value = measure.shape.type === "rate" ? (totalOf("value", grown) / grown.over) * 1000 : 0;
  return { value, growth: grown, at: last.at, sure: true };
}

/** A restart that was seen is not taken back when the host falls silent; without one, silence proves nothing. */
function lives({ lives, counted }: History, lost: Reason | undefined, at: number): Part | Reason {
  const count = counted === undefined ? 0 : Math.max(0, counted.last.count - counted.first.count);
  const value = Math.max(0, lives.length - 1, count);
  return lost !== undefined && value === 0 ? lost : { value, growth: nothing, at, sure: lost === undefined };
}

function restarts(known: readonly Part[], gaps: readonly Gap[]): Estimate {
  const value = known.reduce((sum, part) => sum + part.value, 0);
  if (known.length === 0 || (value === 0 && gaps.length > 0)) return missing(gaps);
  return number(known, { value, gaps, atLeast: gaps.length > 0 || known.some((part) => !part.sure) });
}

/** A mean of fewer hosts is a mean; a sum or an extreme of fewer hosts is another number. */
function joined({ across }: Measure, known: readonly Part[], gaps: readonly Gap[]): Estimate {
  if (known.length === 0 || (across !== "mean" && gaps.length > 0)) return missing(gaps);
  const value = known.map((part) => part.value).reduce(ways[across]);
  return number(known, { value: across === "mean" ? value / known.length : value, gaps });
}

const ways = {
  mean: (left: number, right: number) => left + right,
  sum: (left: number, right: number) => left + right,
  min: (left: number, right: number) => Math.min(left, right),
  max: (left: number, right: number) => Math.max(left, right),
};

function ratio(known: readonly Part[], gaps: readonly Gap[]): Estimate {
  const count = (role: string) => known.reduce((sum, part) => sum + totalOf(role, part.growth), 0);
  const events = count("all");
  if (known.length === 0) return missing(gaps);
  return events === 0 ? missing([...gaps, eventless]) : number(known, { value: count("bad") / events, events, gaps });
}

function quantile(
  shape: Extract<Measure["shape"], { readonly type: "quantile" }>,
  known: readonly Part[],
  gaps: readonly Gap[],
): Estimate {
  if (known.length === 0) return missing(gaps);
  const buckets = pooledBuckets(known.map((part) => part.growth));
  const events = buckets.at(-1)?.count ?? 0;
  const found = quantileOf(shape.quantile, buckets);
  if (found === undefined) return missing([...gaps, events > 0 ? unusable(buckets) : eventless]);
  return number(known, { value: found.value * shape.scale, atLeast: found.atLeast, events, gaps });
}

const nothing: Growth = { series: new Map(), over: 0 };
const eventless: Gap = { cause: "too-few", detail: "no events were counted", host: undefined };

function unusable(buckets: readonly Bucket[]): Gap {
  return {
    cause: "no-data",
    detail: `a histogram with ${buckets.length} shared buckets has no quantile`,
    host: undefined,
  };
}

function number(
  known: readonly Part[],
  of: { value: number; gaps: readonly Gap[]; events?: number; atLeast?: boolean },
): Estimate {
  const newest = known.reduce((latest, part) => Math.max(latest, part.at), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(of.value)) return missing([...of.gaps, endless]);
  return { type: "number", atLeast: false, events: undefined, newest, ...of };
}

/** Numbers that are too large to be added up, or counts over no time at all. */
const endless: Gap = { cause: "non-finite", detail: "the hosts' numbers have no finite sum or share", host: undefined };

function missing(gaps: readonly Gap[]): Estimate {
  return { type: "missing", gaps };
}
