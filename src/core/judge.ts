import { drivenBy } from "./blame.ts";
import type { AssertionPolicy } from "./component.ts";
import { countedForm } from "./counted-form.ts";
import { metricsOf, spelled } from "./expression.ts";
import { viewOn } from "./parts.ts";
import { readPolicy } from "./read-policy.ts";
import type { Ruling } from "./ruling.ts";
import type { Cause, Measure } from "./sample.ts";
import { badReadings, type Finding, find, least, type Track, type Verdict, type View } from "./track.ts";

/** What one assertion says now, with the numbers that it says it on. */
export type Judgement = {
  /** The assertion as written. */
  readonly assertion: string;
  readonly verdict: "pass" | "fail" | "undecided";
  readonly causes: readonly { readonly cause: Cause; readonly detail: string }[];
  /** Metrics of the condition with their present value, in order of appearance: `p99_latency` → 43.1; missing ones are undefined. */
  readonly values: readonly { readonly metric: string; readonly value: number | undefined }[];
  /** The one number and the limit it is held against, when the condition is of the form `metric op number or formula`. */
  readonly value: number | undefined;
  readonly limit: number | undefined;
  /** Hosts that drive it: the bad ones of `each.`, the ones without data when undecided. */
  readonly hosts: readonly string[];
  /** Readings taken, and how many of the last `of` were against it (`bad`). */
  readonly readings: number;
  readonly bad: number;
  readonly of: number;
  /** Events (requests, observations) that the numbers rest on; undefined for gauges. */
  readonly events: number | undefined;
  readonly method: Ruling["method"];
  /** Where the true number lies, missed with a chance of 5%; undefined where that is not known. */
  readonly interval: { readonly low: number; readonly high: number } | undefined;
  /** The chance that a healthy service ever looks as bad as this; undefined where no test was made. */
  readonly chance: number | undefined;
  /** Sure enough to end a bake early. */
  readonly isSure: boolean;
  /** There is evidence against it, and not enough to fail it: the next readings decide. */
  readonly isContested: boolean;
  /** Who gave the numbers. */
  readonly origins: readonly string[];
  readonly observeOnly: boolean;
};

/** How far an assertion has come: a track for each changed host alone, or one for all together under the empty name. */
export type Trial = {
  readonly tracks: ReadonlyMap<string, Track>;
  /** The last verdict that was one: it stands when no host is left to compare with. */
  readonly stood: Judgement | undefined;
};

/** A stage starts with no readings; only the verdict against hosts that may be gone by now is carried on. */
export function startTrial(before?: Trial): Trial {
  return { tracks: new Map(), stood: before?.stood };
}

export type Judged = { readonly trial: Trial; readonly judgement: Judgement };

/**
 * Takes one more reading of an assertion and says what it says now. On counts a sequential test decides (see `byTest`),
 * where a comparison of samples was asked for a rank test (`byRanks`), else a threshold with `allow` (`byThreshold`). A
 * reading that says nothing is none, and never counts as good; what is neither failed nor passed is undecided, with causes.
 */
export function judge(trial: Trial, policy: AssertionPolicy, whole: View): Judged {
  const view = viewOn(policy, whole);
  const scopes = scopesOf(policy);
  if (scopes.has("baseline") && view.baseline.length === 0) return { trial, judgement: standing(trial, policy) };
  const subjects = scopes.has("each") ? [...view.changed.since.keys()] : [""];
  const asked = readPolicy(policy, view.measures);
  const findings = subjects.map((subject) => find(trial.tracks.get(subject), subject, asked, view));
  const judgement = withHosts({ ...told(policy, findings), origins: originsOf(policy, view) }, policy, view);
  const tracks = new Map(findings.map(({ subject, track }) => [subject, track]));
  return { trial: { tracks, stood: isStanding(judgement, view) ? judgement : trial.stood }, judgement };
}

/** A verdict stands until there is another; half the evidence of a failure (in its logarithm) takes a pass away, too. */
function isStanding({ verdict, chance }: Judgement, { alpha }: View): boolean {
  return verdict !== "undecided" || (chance !== undefined && chance <= Math.sqrt(alpha));
}

const worstFirst = ["fail", "undecided", "pass"] as const;

/** Worst wins, in one order everywhere. What is only observed decides nothing; nothing at all is no evidence. */
export function verdictOf(judgements: readonly Judgement[]): Verdict {
  return worst(judgements.filter(({ observeOnly }) => !observeOnly).map(({ verdict }) => verdict));
}

/** By which method an assertion is judged, as far as that is known before there are numbers. */
export function methodOf(policy: AssertionPolicy, measures: ReadonlyMap<string, Measure>): Ruling["method"] {
  if (policy.compare !== undefined) return "ranks";
  return countedForm(policy.condition, measures) === undefined ? "threshold" : "sequential";
}

const methods = {
  sequential: "sequential test on counts",
  ranks: "rank test of changed against unchanged hosts",
  threshold: "threshold",
};

/** How an assertion is judged, as the plan shows it. */
export function methodText(policy: AssertionPolicy, measures: ReadonlyMap<string, Measure>): string {
  const { allow, minReadings, minEvents } = policy;
  const scopes = scopesOf(policy);
  const method = methodOf(policy, measures);
  const allowed =
    allow.bad === 0 ? "no reading may be against it" : `${allow.bad} of ${allow.of} readings may be against it`;
  return [
    `${methods[method]}${scopes.has("each") ? " on every changed host alone" : ""}`,
    ...(method === "threshold" ? [allowed] : []),
    `at least ${minReadings} readings`,
    ...(minEvents > 0 && method !== "ranks" ? [`${minEvents} events where counts are behind it`] : []),
    ...(scopes.has("baseline") ? ["the last verdict stands when no host without the change is left"] : []),
  ].join(", ");
}

function scopesOf(policy: AssertionPolicy): ReadonlySet<string> {
  return new Set(metricsOf(policy.condition).map(({ scope }) => scope));
}

function worst(verdicts: readonly Verdict[]): Verdict {
  return worstFirst.find((verdict) => verdicts.includes(verdict)) ?? "undecided";
}

/** All subjects' findings as one judgement: the worst of them gives the verdict and the numbers. */
function told(policy: AssertionPolicy, findings: readonly Finding[]): Judgement {
  const verdict = worst(findings.map((finding) => finding.verdict));
  const driving = findings.filter((finding) => finding.verdict === verdict);
  const first = nearest(driving);
  if (first === undefined) return undecided(policy, "no host has the change yet");
  return {
    ...undecided(policy, ""),
    verdict,
    causes: verdict === "undecided" ? causesOf(driving) : [],
    ...first.told(),
    value: first.value,
    limit: first.limit,
    hosts: verdict === "pass" ? [] : hostsOf(driving),
    readings: Math.min(...findings.map(({ track }) => track.readings)),
    bad: Math.max(...findings.map(({ track }) => badReadings(track))),
    events: least(findings.map(({ events }) => events)),
    method: first.method,
    chance: least(findings.map(({ chance }) => chance)),
    isSure: findings.every(({ isSure }) => isSure),
    isContested: findings.some(({ isContested }) => isContested),
  };
}

/** A number over all changed hosts together fails on those that drive it. */
function withHosts(judgement: Judgement, policy: AssertionPolicy, view: View): Judgement {
  if (judgement.verdict !== "fail" || judgement.hosts.length > 0) return judgement;
  return { ...judgement, hosts: drivenBy(policy, view) };
}

/** Who gave the newest numbers of the metrics, each once. */
function originsOf(policy: AssertionPolicy, { evidence }: View): readonly string[] {
  const origins = new Set<string>();
  for (const { name } of metricsOf(policy.condition)) {
    for (const { origin } of evidence.get(name)?.values() ?? []) origins.add(origin);
  }
  origins.delete("");
  return [...origins];
}

/** Of many the one whose number is nearest to its limit: the first to go over it, or the last to come back. */
function nearest(findings: readonly Finding[]): Finding | undefined {
  const distance = ({ value, limit }: Finding) => Math.abs(Number(value) - Number(limit));
  return findings.reduce<Finding | undefined>(
    (best, one) => (best === undefined || distance(one) < distance(best) ? one : best),
    undefined,
  );
}

/** The same cause on many hosts is said once. */
function causesOf(findings: readonly Finding[]): Judgement["causes"] {
  const causes = findings.flatMap(({ gaps }) => gaps.map(({ cause, detail }) => ({ cause, detail })));
  return [...new Map(causes.map((one) => [`${one.cause} ${one.detail}`, one])).values()];
}

/** A pool fails together; where it is undecided, the hosts without data are named. */
function hostsOf(findings: readonly Finding[]): readonly string[] {
  const hosts = findings.flatMap(({ subject, verdict, gaps }) =>
    verdict === "fail" ? [subject] : gaps.map(({ host }) => host ?? subject),
  );
  return [...new Set(hosts)].filter((host) => host !== "");
}

/** No host without the change is left to compare with: the verdict of that moment stands. */
function standing({ stood }: Trial, policy: AssertionPolicy): Judgement {
  const gone = "no host without the change is left to compare with";
  const wayOut = "--now --reason TEXT passes the stage on health alone";
  if (stood === undefined) return undecided(policy, `${gone}, and none was compared with before; ${wayOut}`);
  return { ...stood, causes: [{ cause: "no-data", detail: `${gone}: the verdict of that moment stands` }] };
}

function undecided(policy: AssertionPolicy, detail: string): Judgement {
  return {
    assertion: policy.text,
    verdict: "undecided",
    causes: [{ cause: "no-data", detail }],
    values: metricsOf(policy.condition).map((metric) => ({ metric: spelled(metric), value: undefined })),
    value: undefined,
    limit: undefined,
    hosts: [],
    readings: 0,
    bad: 0,
    of: policy.allow.of,
    events: undefined,
    method: "threshold",
    interval: undefined,
    chance: undefined,
    isSure: false,
    isContested: false,
    origins: [],
    observeOnly: policy.observeOnly,
  };
}
