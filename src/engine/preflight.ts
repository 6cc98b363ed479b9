import { alphaOf } from "../core/budget.ts";
import type { Component } from "../core/component.ts";
import type { Measured } from "../core/forecast.ts";
import { type Judged, type Judgement, judge, startTrial, type Trial } from "../core/judge.ts";
import { measuresOf } from "../core/sample.ts";
import { addSamples, emptyEvidence } from "../core/window.ts";
import { readServices } from "../metrics/read-services.ts";
import { serviceOn, type Targets, type World } from "./world.ts";

/** How the assertions stand on the fleet as it is. */
export type Measuring = {
  /** ms between two readings. */
  readonly every: number;
  /** Asked after each reading, with how many there are by now: was it the last? */
  readonly isEnough: (measured: Measured, readings: number) => boolean;
  /** For a long watch: what failed is judged afresh, so that it can be well again. */
  readonly renews?: boolean;
};

/** As many readings as each verdict asks for, and one before them for counters, which need two to say anything. */
export function readingsFor(component: Component, most: number): number {
  return Math.min(most, 1 + Math.max(2, ...component.assertions.map(({ minReadings }) => minReadings)));
}

/** Measures all hosts as one group, some times in a row, and judges every assertion after each. Changes nothing. */
export async function measureFleet(world: World, targets: Targets, measuring: Measuring): Promise<Measured> {
  let round = await measureOnce(world, targets, undefined, measuring);
  for (let readings = 1; !measuring.isEnough(round, readings); readings += 1) {
    await world.clock.sleep(measuring.every);
    round = await measureOnce(world, targets, round, measuring);
  }
  return round;
}

type Round = Measured & { readonly trials: ReadonlyMap<string, Trial> };

/** A sample is old when a rollout with its usual pace would call it so: a server may scrape every quarter of a minute. */
const slowestEvery = 15_000;

async function measureOnce(
  world: World,
  { component, hosts }: Targets,
  before: Round | undefined,
  { every, renews = false }: Measuring,
): Promise<Round> {
  const since = new Map([...hosts.keys()].map((name) => [name, 0]));
  const samples = await readServices(component, {
    hosts: [...hosts.values()],
    from: since,
    every,
    look: (host, look) => world.hosts.perform(host, serviceOn(component, host), look),
    now: world.clock.now,
  });
  const changed = { since, warmup: 0 };
  const moment = {
    evidence: addSamples(before?.evidence ?? emptyEvidence, samples, changed),
    changed,
    at: world.clock.now(),
    every: Math.max(every, slowestEvery),
  };
  const view = { ...moment, measures: measuresOf(component.metrics), baseline: [], fleet: [...hosts.keys()] };
  const judged = component.assertions.map((policy) => {
    const alpha = alphaOf(component, policy, 0, hosts.size);
    const trial = before?.trials.get(policy.text) ?? startTrial();
    const failed = before?.judgements.find(({ assertion, verdict }) => assertion === policy.text && verdict === "fail");
    const found = judge(trial, policy, { ...view, alpha });
    return { policy, ...(renews ? renewed(found, failed) : found) };
  });
  return {
    ...moment,
    trials: new Map(judged.map(({ policy, trial }) => [policy.text, trial])),
    judgements: judged.map(({ judgement }) => judgement),
  };
}

/** A failure begins a new trial, and stands until that has a verdict of its own. */
function renewed({ trial, judgement }: Judged, failed: Judgement | undefined): Judged {
  if (judgement.verdict === "fail") return { trial: startTrial(), judgement };
  const stands = judgement.verdict === "undecided" && failed !== undefined;
  return { trial, judgement: stands ? { ...failed, values: judgement.values, value: judgement.value } : judgement };
}
