import { alphaOf } from "./budget.ts";
import { type AssertionPolicy, type Component, everyOf, isDue, judgedAfter } from "./component.ts";
import { metricsOf } from "./expression.ts";
import { type Judgement, judge, startTrial, type Trial } from "./judge.ts";
import { isOn } from "./parts.ts";
import type { Measurement } from "./recording.ts";
import { type Measure, measuresOf, type Reading, type Sample } from "./sample.ts";
import type { Section } from "./section.ts";
import type { View } from "./track.ts";
import { addSamples, type Evidence, emptyEvidence } from "./window.ts";

/** What an assertion says of the past, at one measurement. */
export type Rejudged = {
  readonly section: Section;
  readonly measurement: Measurement;
  readonly policy: AssertionPolicy;
  readonly judgement: Judgement;
};

/**
 * Judges recorded measurements under the component's assertions, in the way and at the times in which a rollout does:
 * readings are counted afresh in each section, and evidence in each run. What was not recorded is no evidence.
 */
export function* rejudge(component: Component, sections: readonly Section[]): Generator<Rejudged> {
  const measures = measuresOf(component.metrics);
  const known = recordedOf(sections, measures);
  let past: Past = { run: undefined, evidence: emptyEvidence, trials: new Map(), judgedAt: new Map() };
  for (const section of sections) {
    past = entered(past, section);
    for (const measurement of section.measurements) {
      const { changed, samples, anew } = measurement;
      if (anew === true) past = { ...restarted(past), evidence: emptyEvidence };
      const fitting = samples.filter((sample) => isFitting(sample, measures));
      past = { ...past, evidence: addSamples(past.evidence, fitting, changed) };
      const due = judgedAfter(component.assertions, section.cohorts).filter((one) => {
        const isMeasured = one.on === undefined || [...changed.since.keys()].some((host) => isOn(one, host));
        return isMeasured && isDue(past.judgedAt.get(one.text), measurement.at, cadenceOf(one, measurement));
      });
      for (const policy of due) {
        const alpha = alphaOf(component, policy, section.index, section.hosts);
        const { trial, judgement } = judgeOne(past, policy, measurement, { measures, alpha });
        past = told(past, policy, trial, measurement.at);
        yield { section, measurement, policy, judgement: explained(judgement, policy, known) };
      }
    }
  }
}

type Past = {
  readonly run: number | undefined;
  readonly evidence: Evidence;
  readonly trials: ReadonlyMap<string, Trial>;
  readonly judgedAt: ReadonlyMap<string, number>;
};

function entered(past: Past, { run }: Section): Past {
  if (run !== past.run) return { run, evidence: emptyEvidence, trials: new Map(), judgedAt: new Map() };
  return restarted(past);
}

function restarted(past: Past): Past {
  const trials = [...past.trials].map(([assertion, trial]) => [assertion, startTrial(trial)] as const);
  return { ...past, trials: new Map(trials), judgedAt: new Map() };
}

/** What was not read as often as it is to be judged now is judged as often as it was read. */
function cadenceOf(policy: AssertionPolicy, { bake, every }: Measurement): number {
  return Math.max(everyOf(policy.every, bake), every);
}

function judgeOne(
  past: Past,
  policy: AssertionPolicy,
  measurement: Measurement,
  given: Pick<View, "measures" | "alpha">,
) {
  const { changed, at, unchanged } = measurement;
  return judge(past.trials.get(policy.text) ?? startTrial(), policy, {
    evidence: past.evidence,
    changed,
    at,
    every: cadenceOf(policy, measurement),
    ...given,
    baseline: unchanged,
    fleet: [...changed.since.keys(), ...unchanged],
  });
}

function told(past: Past, { text }: AssertionPolicy, trial: Trial, at: number): Past {
  return { ...past, trials: new Map(past.trials).set(text, trial), judgedAt: new Map(past.judgedAt).set(text, at) };
}

/** Metrics of which there are readings that can be what the component says that they are. */
function recordedOf(sections: readonly Section[], measures: ReadonlyMap<string, Measure>): ReadonlySet<string> {
  const samples = sections.flatMap(({ measurements }) => measurements.flatMap((one) => one.samples));
  return new Set(samples.filter((sample) => isFitting(sample, measures)).map(({ metric }) => metric));
}

/** A metric that has another shape today says nothing of what was read then. */
function isFitting({ metric, reading }: Sample, measures: ReadonlyMap<string, Measure>): boolean {
  const shape = measures.get(metric)?.shape;
  return shape !== undefined && (reading.type === "missing" || fits(shape, reading));
}

function fits(shape: Measure["shape"], reading: Reading): boolean {
  switch (shape.type) {
    case "gauge":
      return reading.type === "gauge";
    case "restarts":
      return reading.type === "identity";
    case "rate":
      return hasRole(reading, "value");
    case "ratio":
      return hasRole(reading, "all");
    case "quantile":
      return hasRole(reading, "le=");
  }
}

function hasRole(reading: Reading, role: string): boolean {
  if (reading.type !== "counters" && reading.type !== "growth") return false;
  return Object.keys(reading.series).some((key) => key.startsWith(role));
}

/** That a metric was never recorded is the cause, and not that a host has none of it. */
function explained(judgement: Judgement, policy: AssertionPolicy, known: ReadonlySet<string>): Judgement {
  if (judgement.verdict !== "undecided") return judgement;
  const absent = [...new Set(metricsOf(policy.condition).map(({ name }) => name))].filter((name) => !known.has(name));
  if (absent.length === 0) return judgement;
  const causes = absent.map((name) => ({ cause: "no-data", detail: `${name} was not recorded` }) as const);
  return { ...judgement, causes, hosts: [] };
}
