import type { AssertionPolicy } from "./component.ts";
import { metricsOf, spelled } from "./expression.ts";
import type { Cause } from "./sample.ts";
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
 * Takes one more reading of an assertion and says what it says now: fail when more than `allow.bad` of the last
 * `allow.of` readings are against it; pass when enough were taken and the present one holds with every host in it; else
 * undecided, with the causes. A reading that says nothing is none, and never counts as good.
 */
export function judge(trial: Trial, policy: AssertionPolicy, view: View): Judged {
  const scopes = scopesOf(policy);
  if (scopes.has("baseline") && view.baseline.length === 0) return { trial, judgement: standing(trial, policy) };
  const subjects = scopes.has("each") ? [...view.changed.since.keys()] : [""];
  const findings = subjects.map((subject) => find(trial.tracks.get(subject), subject, policy, view));
  const judgement = told(policy, findings);
  const tracks = new Map(findings.map(({ subject, track }) => [subject, track]));
  return { trial: { tracks, stood: judgement.verdict === "undecided" ? trial.stood : judgement }, judgement };
}

const worstFirst = ["fail", "undecided", "pass"] as const;

/** Worst wins, in one order everywhere. What is only observed decides nothing; nothing at all is no evidence. */
export function verdictOf(judgements: readonly Judgement[]): Verdict {
  return worst(judgements.filter(({ observeOnly }) => !observeOnly).map(({ verdict }) => verdict));
}

/** How an assertion is judged, as the plan shows it. */
export function methodOf(policy: AssertionPolicy): string {
  const { allow, minReadings, minEvents } = policy;
  const scopes = scopesOf(policy);
  return [
    scopes.has("each") ? "threshold on every changed host alone" : "threshold",
    `${allow.bad === 0 ? "no reading" : `${allow.bad} of ${allow.of} readings`} may be against it`,
    `at least ${minReadings} readings`,
    ...(minEvents > 0 ? [`${minEvents} events where counts are behind it`] : []),
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
  const [first] = driving;
  if (first === undefined) return undecided(policy, "no host has the change yet");
  return {
    ...undecided(policy, ""),
    verdict,
    causes: verdict === "undecided" ? causesOf(driving) : [],
    values: first.values,
    value: first.value,
    limit: first.limit,
    hosts: verdict === "pass" ? [] : hostsOf(driving),
    readings: Math.min(...findings.map(({ track }) => track.readings)),
    bad: Math.max(...findings.map(({ track }) => badReadings(track))),
    events: least(findings.map(({ events }) => events)),
  };
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
  if (stood === undefined) return undecided(policy, `${gone}, and none was compared with before`);
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
    observeOnly: policy.observeOnly,
  };
}
