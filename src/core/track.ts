import type { AssertionPolicy } from "./component.ts";
import { type Estimate, estimate, type Gap, type Moment } from "./estimate.ts";
import { evaluate, type Outcome, termNow } from "./evaluate.ts";
import { type Metric, metricsOf, simpleForm, spelled } from "./expression.ts";
import type { Measure } from "./sample.ts";

/** What is judged: the evidence of this moment, what each metric is, and which hosts are whose. */
export type View = Moment & {
  readonly measures: ReadonlyMap<string, Measure>;
  /** Hosts without the change. */
  readonly baseline: readonly string[];
  readonly fleet: readonly string[];
};

/** The readings of one assertion on one changed host alone, or on all together. */
export type Track = {
  /** When the host was changed that the readings are of, ms since the epoch. */
  readonly since: number;
  /** Readings that said something. */
  readonly readings: number;
  /** The last `of` of them: was it against the assertion? */
  readonly against: readonly boolean[];
  /** Time of the newest sample that a reading was made of: the same samples are not a reading twice. */
  readonly newest: number;
};

export type Verdict = "pass" | "fail" | "undecided";

/** What a track says now, with its numbers. `subject` is the host; empty for all together. */
export type Finding = {
  readonly subject: string;
  readonly track: Track;
  readonly verdict: Verdict;
  readonly gaps: readonly Gap[];
  readonly values: readonly { readonly metric: string; readonly value: number | undefined }[];
  readonly value: number | undefined;
  readonly limit: number | undefined;
  readonly events: number | undefined;
};

/** Takes one more reading of an assertion for one subject, if there is anything new to read, and judges the track. */
export function find(before: Track | undefined, subject: string, policy: AssertionPolicy, view: View): Finding {
  const lookup = (metric: Metric) => estimateOf(metric, subject, view);
  const outcome = evaluate(policy.condition, (metric) => enough(lookup(metric), policy.minEvents));
  const since = view.changed.since.get(subject) ?? 0;
  const track = counted(before?.since === since ? before : { ...untouched, since }, outcome, policy.allow.of);
  const gaps = gapsOf(track, outcome, policy);
  const form = simpleForm(policy.condition);
  return {
    subject,
    track,
    gaps,
    verdict: isFailing(track, policy) ? "fail" : gaps.length === 0 ? "pass" : "undecided",
    values: metricsOf(policy.condition).map((metric) => ({ metric: spelled(metric), value: shown(lookup(metric)) })),
    value: form === undefined ? undefined : shown(lookup(form.metric)),
    limit: form === undefined ? undefined : shown(termNow(form.limit, lookup)),
    events: least(metricsOf(policy.condition).map((metric) => eventsOf(lookup(metric)))),
  };
}

/** The smallest of the numbers that are known. */
export function least(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

export function badReadings(track: Track): number {
  return track.against.filter((against) => against).length;
}

const untouched: Track = { since: 0, readings: 0, against: [], newest: Number.NEGATIVE_INFINITY };

/** A number from which hosts are missing may speak against the service, and never for it. */
function counted(track: Track, outcome: Outcome, of: number): Track {
  if (outcome.type === "undecided" || outcome.newest <= track.newest) return track;
  if (outcome.holds && outcome.gaps.length > 0) return track;
  const against = [...track.against, !outcome.holds].slice(-of);
  return { ...track, readings: track.readings + 1, against, newest: outcome.newest };
}

function isFailing(track: Track, policy: AssertionPolicy): boolean {
  return badReadings(track) > policy.allow.bad;
}

/** Why the track does not pass; nothing when it does. */
function gapsOf(track: Track, outcome: Outcome, policy: AssertionPolicy): readonly Gap[] {
  const { allow, minReadings } = policy;
  if (outcome.type === "undecided") return outcome.gaps;
  if (!outcome.holds) return [few(`against it now, which ${allow.bad} of ${allow.of} readings may be`)];
  if (outcome.gaps.length > 0) return outcome.gaps;
  return track.readings < minReadings ? [few(`${track.readings} of the ${minReadings} readings that are needed`)] : [];
}

function few(detail: string): Gap {
  return { cause: "too-few", detail, host: undefined };
}

/** Counts that are too small to decide anything are no number. */
function enough(found: Estimate, minEvents: number): Estimate {
  const events = eventsOf(found);
  if (events === undefined || events >= minEvents) return found;
  return {
    type: "missing",
    gaps: [...found.gaps, few(`${Math.round(events)} of the ${minEvents} events that are needed`)],
  };
}

function estimateOf(metric: Metric, subject: string, view: View): Estimate {
  const measure = view.measures.get(metric.name);
  if (measure === undefined) {
    return { type: "missing", gaps: [{ cause: "no-data", detail: `${metric.name} is not measured`, host: undefined }] };
  }
  switch (metric.scope) {
    case "each":
      return estimate(measure, [subject], view);
    case "changed":
      return estimate(measure, [...view.changed.since.keys()], view);
    case "fleet":
      return estimate(measure, view.fleet, view);
    case "baseline":
      return baseline(measure, view);
  }
}

/** The hosts to compare with are those that give samples: one that was down before is no reason to stand still. */
function baseline(measure: Measure, view: View): Estimate {
  const all = estimate(measure, view.baseline, view);
  const silent = new Set(all.gaps.map((gap) => gap.host));
  const giving = view.baseline.filter((host) => !silent.has(host));
  return giving.length === 0 || giving.length === view.baseline.length ? all : estimate(measure, giving, view);
}

function shown(found: Estimate): number | undefined {
  return found.type === "number" ? found.value : undefined;
}

function eventsOf(found: Estimate): number | undefined {
  return found.type === "number" ? found.events : undefined;
}
