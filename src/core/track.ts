import { type Compared, comparedWith, differenceOf, type Level, uncompared } from "./compared.ts";
import type { AssertionPolicy } from "./component.ts";
import { type Count, type Counted, count, type Sides, totalOf, uncounted } from "./counted.ts";
import type { CountedForm } from "./counted-form.ts";
import { type Estimate, estimate, type Moment } from "./estimate.ts";
import { evaluate, type Outcome, termNow } from "./evaluate.ts";
import { type Metric, type Scope, spelled } from "./expression.ts";
import { type Interval, interval } from "./interval.ts";
import { quantileRange } from "./quantile-range.ts";
import type { ReadPolicy } from "./read-policy.ts";
import { byRanks, byTest, byThreshold, few, type Ruling } from "./ruling.ts";
import { groups, type Measure } from "./sample.ts";
import type { Question } from "./tally.ts";

/** What is judged: the evidence of this moment, what each metric is, and which hosts are whose. */
export type View = Moment & {
  readonly measures: ReadonlyMap<string, Measure>;
  /** Hosts without the change. */
  readonly baseline: readonly string[];
  readonly fleet: readonly string[];
  /** The chance that this assertion may take back a healthy version, in this stage. */
  readonly alpha: number;
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
  readonly counted: Counted;
  readonly compared: Compared;
};

export type Verdict = Ruling["verdict"];

/** What a track says now, with its numbers. `subject` is the host; empty for all together. */
export type Finding = Ruling & {
  readonly subject: string;
  readonly track: Track;
  readonly value: number | undefined;
  readonly limit: number | undefined;
  readonly events: number | undefined;
  /** Made when it is asked for: of a thousand hosts that are judged, one is shown. */
  readonly told: () => Told;
};

export type Told = {
  /** Where the true number is, whenever one looks, missed with a chance of 5%; undefined where that is not known. */
  readonly interval: Interval | undefined;
  readonly values: readonly { readonly metric: string; readonly value: number | undefined }[];
};

/** Takes one more reading of an assertion for one subject, if there is anything new to read, and judges the track. */
export function find(before: Track | undefined, subject: string, asked: ReadPolicy, view: View): Finding {
  const { policy, metrics, simple } = asked;
  const since = view.changed.since.get(subject) ?? 0;
  const known = before?.since === since ? before : { ...untouched, since };
  const test = testOf(known, subject, asked, view);
  const lookup = once((metric) => estimateOf(metric, subject, momentOf(metric, test, view), view));
  const outcome = evaluate(policy.condition, (metric) => {
    const found = enough(lookup(metric), policy.minEvents);
    return asked.isOfChange && metric.scope === "baseline" ? aside(found) : found;
  });
  const isNew = outcome.type === "decided" && outcome.newest > known.newest;
  const compared = isNew ? comparedNow(known.compared, policy, view) : known.compared;
  const track = { ...counted(known, outcome, policy.allow.of), counted: test?.counted ?? uncounted, compared };
  return {
    subject,
    track,
    ...ruled(track, outcome, policy, view.alpha),
    value: simple === undefined ? undefined : shown(lookup(simple.metric)),
    limit: simple === undefined ? undefined : shown(termNow(simple.limit, lookup)),
    events: least(metrics.map((metric) => eventsOf(lookup(metric)))),
    told: () => ({
      interval: test === undefined ? undefined : intervalOf(test),
      values: metrics.map((metric) => ({ metric: spelled(metric), value: shown(lookup(metric)) })),
    }),
  };
}

/** A number stands in a condition, in its values and in its limit: it is estimated the first time that it is asked for. */
function once(estimated: (metric: Metric) => Estimate): (metric: Metric) => Estimate {
  const known: { readonly metric: Metric; readonly found: Estimate }[] = [];
  return (metric) => {
    const before = known.find((one) => one.metric.name === metric.name && one.metric.scope === metric.scope);
    const found = before?.found ?? estimated(metric);
    if (before === undefined) known.push({ metric, found });
    return found;
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

const untouched: Track = {
  since: 0,
  readings: 0,
  against: [],
  newest: Number.NEGATIVE_INFINITY,
  counted: uncounted,
  compared: uncompared,
};

/** A condition that is judged on counts, the hosts on its sides, and what was counted of them by now. */
type Test = Count & { readonly form: CountedForm; readonly sides: Sides };

function testOf(track: Track, subject: string, { form }: ReadPolicy, view: View): Test | undefined {
  if (form === undefined) return undefined;
  const sides = { changed: hostsOf(form.scope, subject, view), baseline: view.baseline };
  return { form, sides, ...count(track.counted, form, sides, view) };
}

/** A test is on all that was counted in this stage, and so is the estimate beside it; else the last readings speak. */
function momentOf({ name, scope }: Metric, test: Test | undefined, view: View): Moment {
  if (test === undefined || name !== test.form.metric) return view;
  const isCounted = scope === test.form.scope || (scope === "baseline" && test.form.factor > 0);
  return isCounted && isPut(test.counted.question) ? { ...view, growths: test.growths } : view;
}

function isPut(question: Counted["question"]): question is Question {
  return question !== undefined && "bound" in question;
}

function ruled(track: Track, outcome: Outcome, policy: AssertionPolicy, alpha: number): Ruling {
  const { question } = track.counted;
  if (isPut(question)) return byTest(track, outcome, policy, { question, counted: track.counted, alpha });
  if (policy.compare === undefined) return byThreshold(track, outcome, policy);
  return byRanks(track, outcome, policy, differenceOf(track.compared, policy.compare, alpha));
}

/** One reading of every host that has one, on both sides. */
function comparedNow(before: Compared, policy: AssertionPolicy, view: View): Compared {
  const measure = policy.compare === undefined ? undefined : view.measures.get(policy.compare.metric);
  if (measure === undefined) return before;
  const levels = (hosts: readonly string[]) =>
    hosts.flatMap((host): Level[] => {
      const found = estimate(measure, [host], view);
      return found.type === "number" ? [{ host, ...found }] : [];
    });
  return comparedWith(before, levels([...view.changed.since.keys()]), levels(view.baseline));
}

/** For a ratio the share itself; for a quantile, the quantiles of the shares between which its own may lie. */
function intervalOf({ form, sides, counted, growths }: Test): Interval | undefined {
  const { question } = counted;
  if (!isPut(question)) return undefined;
  if (form.shape.type === "ratio") {
    const { low, high } = interval(totalOf(counted, sides.changed), miss);
    return question.cut.turned ? { low: 1 - high, high: 1 - low } : { low, high };
  }
  const changed = sides.changed.flatMap((host) => growths.get(host) ?? []);
  return quantileRange(form.shape, changed, miss);
}

/** The chance with which an interval may miss the true number. */
const miss = 0.05;

/** That the hosts which it is compared with have new samples is no reading of a change that has none. */
function aside(found: Estimate): Estimate {
  return found.type === "number" ? { ...found, newest: Number.NEGATIVE_INFINITY } : found;
}

/** A number from which hosts are missing may speak against the service, and never for it. */
function counted(track: Track, outcome: Outcome, of: number): Track {
  if (outcome.type === "undecided" || outcome.newest <= track.newest) return track;
  if (outcome.holds && outcome.gaps.length > 0) return track;
  const against = [...track.against, !outcome.holds].slice(-of);
  return { ...track, readings: track.readings + 1, against, newest: outcome.newest };
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

function hostsOf(scope: Exclude<Scope, "baseline">, subject: string, view: View): readonly string[] {
  switch (scope) {
    case "each":
      return [subject];
    case "changed":
      return [...view.changed.since.keys()];
    case "fleet":
      return view.fleet;
  }
}

/** A metric of the condition, by its scope; `subject` is whom `each.` is about. */
export function estimateOf(metric: Metric, subject: string, moment: Moment, view: View): Estimate {
  const measure = view.measures.get(metric.name);
  if (measure === undefined) {
    return { type: "missing", gaps: [{ cause: "no-data", detail: `${metric.name} is not measured`, host: undefined }] };
  }
  if (metric.scope === "baseline") return baseline(measure, moment, view.baseline);
  const group = metric.scope === "each" ? undefined : groups[metric.scope];
  return estimate(measure, hostsOf(metric.scope, subject, view), moment, group);
}

/** The hosts to compare with are those that give samples: one that was down before is no reason to stand still. */
function baseline(measure: Measure, moment: Moment, hosts: readonly string[]): Estimate {
  const all = estimate(measure, hosts, moment, groups.baseline);
  const silent = new Set(all.gaps.map((gap) => gap.host));
  const giving = hosts.filter((host) => !silent.has(host));
  return giving.length === 0 || giving.length === hosts.length
    ? all
    : estimate(measure, giving, moment, groups.baseline);
}

function shown(found: Estimate): number | undefined {
  return found.type === "number" ? found.value : undefined;
}

function eventsOf(found: Estimate): number | undefined {
  return found.type === "number" ? found.events : undefined;
}
