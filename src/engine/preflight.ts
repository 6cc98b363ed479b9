import { alphaOf } from "../core/budget.ts";
import type { Component } from "../core/component.ts";
import { type Judgement, judge, startTrial, type Trial } from "../core/judge.ts";
import { measuresOf } from "../core/sample.ts";
import { addSamples, type Evidence, emptyEvidence } from "../core/window.ts";
import { readMetrics } from "../metrics/read.ts";
import { placeOn, type Targets, type World } from "./world.ts";

/** How the assertions stand on the fleet as it is. */
export type Measuring = {
  /** Readings to take, and how long to wait between two (ms). */
  readonly readings: number;
  readonly every: number;
  /** Told after each reading. */
  readonly each?: (judgements: readonly Judgement[]) => void;
};

/** Measures all hosts as one group, some times in a row, and judges every assertion after each. Changes nothing. */
export async function measureFleet(
  world: World,
  targets: Targets,
  measuring: Measuring,
): Promise<readonly Judgement[]> {
  let round: Round = { evidence: emptyEvidence, trials: new Map(), judgements: [] };
  for (let reading = 0; reading < measuring.readings; reading += 1) {
    if (reading > 0) await world.clock.sleep(measuring.every);
    round = await measureOnce(world, targets, round, measuring.every);
    measuring.each?.(round.judgements);
  }
  return round.judgements;
}

type Round = {
  readonly evidence: Evidence;
  readonly trials: ReadonlyMap<string, Trial>;
  readonly judgements: readonly Judgement[];
};

async function measureOnce(world: World, { component, hosts }: Targets, round: Round, every: number): Promise<Round> {
  const samples = await readMetrics(component, {
    hosts: [...hosts.values()],
    from: new Map([...hosts.keys()].map((name) => [name, 0])),
    every,
    look: (host, look) => world.hosts.perform(host, placeOn(component, host), look),
    now: world.clock.now,
  });
  const changed = { since: new Map([...hosts.keys()].map((name) => [name, 0])), warmup: 0 };
  const evidence = addSamples(round.evidence, samples, changed);
  const view = {
    evidence,
    changed,
    at: world.clock.now(),
    every,
    measures: measuresOf(component.metrics),
    baseline: [],
    fleet: [...hosts.keys()],
  };
  const judged = component.assertions.map((policy) => {
    const alpha = alphaOf(component, policy, 0, hosts.size);
    return { policy, ...judge(round.trials.get(policy.text) ?? startTrial(), policy, { ...view, alpha }) };
  });
  return {
    evidence,
    trials: new Map(judged.map(({ policy, trial }) => [policy.text, trial])),
    judgements: judged.map(({ judgement }) => judgement),
  };
}

/** The component's own assertions that fail before anything is changed: then a failure would not be the change's. */
export function sickNow(component: Component, judgements: readonly Judgement[]): readonly Judgement[] {
  const standing = new Set(["each.healthy", "each.restarts == 0"]);
  const own = new Set(component.assertions.map((policy) => policy.text).filter((text) => !standing.has(text)));
  return judgements.filter(
    (judgement) => own.has(judgement.assertion) && judgement.verdict === "fail" && !judgement.observeOnly,
  );
}
