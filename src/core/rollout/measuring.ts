import { alphaOf } from "../budget.ts";
import { type AssertionPolicy, everyOf, isDue } from "../component.ts";
import { estimate } from "../estimate.ts";
import { metricsOf } from "../expression.ts";
import { type Judgement, judge, startTrial } from "../judge.ts";
import { isOn, judgedInStage } from "../parts.ts";
import { recorded } from "../recording.ts";
import { groups, measuresOf, type Sample } from "../sample.ts";
import { addSamples, type Changed, countsFrom } from "../window.ts";
import { chanceText, foldHosts, number } from "../words.ts";
import { bakeReadings } from "./bake-readings.ts";
import { backSince, everyBack, measuredBack, toMeasureBack } from "./environment.ts";
import type { Effect } from "./exchange.ts";
import { fail } from "./fail.ts";
import { hostsThat } from "./hosts.ts";
import { isOnRelease, isUntouched, nameOf, type Progress } from "./progress.ts";
import { heardFrom, isHeard } from "./silence.ts";
import { and, announce, type Phase, type Reduced, type State, stay, type Turn } from "./state.ts";
import { count } from "./text.ts";

/** Starts a measurement when one is due, and one more when a bake is over: from the first changed host on. */
export function dueMeasurement(state: State): Reduced {
  const { phase } = state;
  if (state.measuring) return stay(state);
  if (phase.name === "restoring") return dueBack(state, phase);
  if (phase.name !== "changing" && phase.name !== "baking") return stay(state);
  const last = phase.name === "baking" && state.now >= phase.until && state.measuredAt < phase.until;
  const hosts = state.now >= state.measureAt || last ? toMeasure(state) : [];
  return measure(state, hosts, changedOf(state), fastest(state, phase.stage.bake));
}

/** While a change is taken back, those that are back are looked at, to see whether that helps. */
function dueBack(state: State, phase: Extract<Phase, { readonly name: "restoring" }>): Reduced {
  const hosts = state.now >= state.measureAt ? toMeasureBack(state, phase) : [];
  return measure(state, hosts, backSince(state), everyBack(state, undefined));
}

function measure(state: State, hosts: readonly string[], changed: Changed, every: number): Reduced {
  if (hosts.length === 0) return stay(state);
  const measureAt = Math.max(state.now, state.measureAt + every);
  const lookDueAt = Math.min(state.now, state.measureAt);
  const least = state.evidenceFrom ?? Number.NEGATIVE_INFINITY;
  const from = new Map([...changed.since.keys()].map((host) => [host, Math.max(countsFrom(host, changed), least)]));
  return {
    state: { ...state, measuring: true, measuredAt: state.now, lookDueAt, measureAt },
    effects: [{ type: "measure", hosts, from, every }],
  };
}

/** The changed hosts; the others too, where an assertion is about them. */
function toMeasure(state: State): readonly string[] {
  const changed = changedHosts(state).map(nameOf);
  const scopes = state.given.component.assertions.flatMap((policy) =>
    metricsOf(policy.condition).map((metric) => metric.scope),
  );
  const others = scopes.includes("baseline") || scopes.includes("fleet");
  return changed.length > 0 && others ? [...changed, ...baselineHosts(state)] : changed;
}

/** All that run the release; one that was proven long ago and was down before this rollout says nothing of the change. */
export function changedHosts(state: State): readonly Progress[] {
  return hostsThat(state, tellsOfChange);
}

function tellsOfChange(host: Progress): boolean {
  return isOnRelease(host) && (host.touched || !host.down);
}

function baselineHosts(state: State): readonly string[] {
  return hostsThat(state, isUntouched).map(nameOf);
}

/**
 * Readings came: every assertion that is due is judged on all that is known, as of the moment that was asked about: one
 * source that is long in answering makes nothing stale that the others said. The first fail turns the rollout back.
 */
export function measured(before: State, samples: readonly Sample[]): Reduced {
  const { phase } = before;
  if (!before.measuring) return stay(before);
  const heard = heardFrom({ ...before, measuring: false }, samples);
  if (phase.name === "restoring") return measuredBack(heard, phase, samples);
  if (phase.name !== "changing" && phase.name !== "baking") return stay(heard);
  const { evidenceFrom } = heard;
  // Begun before the service was changed: nobody knows on which side of that its numbers are.
  if (evidenceFrom !== undefined && heard.measuredAt <= evidenceFrom) return stay(heard);
  const { index } = phase;
  const { name: stage, bake } = phase.stage;
  const changed = changedOf(heard);
  const every = fastest(heard, bake);
  const unchanged = baselineHosts(heard);
  const anew = evidenceFrom !== undefined && heard.evidence.size === 0 ? ({ anew: true } as const) : {};
  const reading = { stage, index, bake, at: heard.measuredAt, every, changed, unchanged, samples, ...anew };
  const read = announce(recorded(reading));
  const state: State = {
    ...looked(heard, phase, answeredIn(samples, changed)),
    evidence: addSamples(heard.evidence, samples, changed),
  };
  const judged = judgedIn(state, index)
    .filter((policy) => isDue(state.judgedAt.get(policy.text), state.measuredAt, everyOf(policy.every, bake)))
    .reduce((now, policy) => judgeOne(now, policy, phase), state);
  const said = [read, ...numbers(judged, bake), ...verdicts(state, judged, stage)];
  const failed = [...judged.judgements.values()].find(
    (judgement) => judgement.verdict === "fail" && !judgement.observeOnly,
  );
  const told: Reduced = { state: judged, effects: said };
  return failed === undefined ? told : and(told, (now) => fail(now, phase, "assertion-failed", failText(failed)));
}

/** The changed hosts that told of themselves. */
function answeredIn(samples: readonly Sample[], { since }: Changed): readonly string[] {
  return samples.filter((sample) => isHeard(sample) && since.has(sample.host)).map(({ host }) => host);
}

/** Counts a measurement for the bake that it was begun in: as a look at each that answered, or as a lost one where none did. */
function looked(state: State, phase: Turning, answered: readonly string[]): State {
  if (phase.name === "changing" || isFromBefore(state, phase)) return state;
  if (answered.length === 0) return { ...state, phase: { ...phase, lost: phase.lost + 1 } };
  const looks = new Map(phase.looks);
  for (const host of answered) looks.set(host, (looks.get(host) ?? 0) + 1);
  return { ...state, phase: { ...phase, looks } };
}

type Turning = Extract<Phase, { readonly name: "changing" | "baking" }>;
type Baking = Extract<Phase, { readonly name: "baking" }>;

function changedOf(state: State): Changed {
  const since = new Map(changedHosts(state).map((host) => [nameOf(host), host.since]));
  return { since, warmup: state.given.component.warmup };
}

/** The time between two measurements, ms. */
export function fastest(state: State, bake: number): number {
  return Math.min(
    everyOf(undefined, bake),
    ...state.given.component.assertions.map((policy) => everyOf(policy.every, bake)),
  );
}

export function judgedIn(state: State, index: number): readonly AssertionPolicy[] {
  const { component, plan } = state.given;
  return judgedInStage(component, plan.stages, index);
}

function judgeOne(state: State, policy: AssertionPolicy, { index, stage }: Turn): State {
  const { component } = state.given;
  const changed = changedOf(state);
  const { trial, judgement } = judge(state.trials.get(policy.text) ?? startTrial(), policy, {
    evidence: state.evidence,
    changed,
    at: state.measuredAt,
    every: everyOf(policy.every, stage.bake),
    measures: measuresOf(component.metrics),
    alpha: alphaOf(component, policy, index, state.hosts.size),
    baseline: baselineHosts(state),
    fleet: [...changedHosts(state).map((host) => host.plan.host), ...baselineHosts(state)],
  });
  return {
    ...inBake(state, policy, judgement),
    trials: new Map(state.trials).set(policy.text, trial),
    judgements: new Map(state.judgements).set(policy.text, judgement),
    judgedAt: new Map(state.judgedAt).set(policy.text, state.measuredAt),
  };
}

function inBake(state: State, { text }: AssertionPolicy, judgement: Judgement): State {
  const { phase } = state;
  if (phase.name !== "baking" || isFromBefore(state, phase)) return state;
  const readings = bakeReadings(phase.readings.get(text), judgement, state.judgements.get(text));
  return { ...state, phase: { ...phase, readings: new Map(phase.readings).set(text, readings) } };
}

function isFromBefore({ measuredAt }: State, { longest, stage }: Baking): boolean {
  return measuredAt < longest - stage.longestBake;
}

function numbers(state: State, bake: number): readonly Effect[] {
  const changed = changedOf(state);
  return state.given.component.metrics.map((metric) => {
    const hosts = [...changed.since.keys()].filter((host) => isOn(metric, host));
    const moment = { evidence: state.evidence, changed, at: state.measuredAt, every: fastest(state, bake) };
    const now = estimate(metric, hosts, moment, groups.changed);
    const value = now.type === "number" ? now.value : undefined;
    const causes = now.type === "number" ? [] : [...new Set(now.gaps.map((gap) => gap.cause))];
    return announce({ type: "metric.sampled", metric: metric.name, value, hosts: hosts.length, causes });
  });
}

function verdicts(before: State, after: State, stage: string): readonly Effect[] {
  return [...after.judgements].flatMap(([text, judgement]) =>
    after.judgedAt.get(text) === before.judgedAt.get(text)
      ? []
      : [announce({ type: "assertion.judged", stage, judgement })],
  );
}

/** `p99_latency < 50 fails with 82.4 (2 of the last 5 readings against it) on api-[01-02]`. */
export function failText(judgement: Judgement): string {
  const value = judgement.value === undefined ? "" : ` with ${number(judgement.value)}`;
  const on = judgement.hosts.length === 0 ? "" : ` on ${foldHosts(judgement.hosts)}`;
  return `${judgement.assertion} fails${value} (${groundsOf(judgement)})${on}`;
}

/** What a verdict against it rests on, by its method. */
function groundsOf({ method, bad, of, chance, events = 0 }: Judgement): string {
  if (method === "ranks") return "changed hosts are worse than the others by more than is let pass";
  if (chance === undefined) return `${bad} of the last ${of} readings against it`;
  return `${count(Math.round(events), "event")}; a healthy version looks this bad ${chanceText(chance)}`;
}
