import { alphaOf } from "../budget.ts";
import { everyOf } from "../component.ts";
import { type Judgement, judge, startTrial, type Trial } from "../judge.ts";
import { measuresOf, type Sample } from "../sample.ts";
import { addSamples, type Changed } from "../window.ts";
import { foldHosts, number } from "../words.ts";
import type { Effect } from "./exchange.ts";
import { hostsOf } from "./hosts.ts";
import { isOnRelease, nameOf, type Progress } from "./progress.ts";
import { and, announce, type Ending, type Phase, type Reduced, type State, stay } from "./state.ts";

type Restoring = Extract<Phase, { readonly name: "restoring" }>;

/** The hosts that are measured while a failed change is taken back: those that are back, as long as others are still to go. */
export function toMeasureBack(state: State, { ending }: Restoring): readonly string[] {
  if (ending.reason !== "assertion-failed" || !isAnyWaiting(state)) return [];
  return restored(state).map(nameOf);
}

function isAnyWaiting(state: State): boolean {
  return hostsOf(state).some((host) => host.at === "directed");
}

/** A host that had nothing before has nothing to be measured now. */
function restored(state: State): readonly Progress[] {
  return hostsOf(state).filter((host) => host.at === "restored" && host.plan.back !== "");
}

/** Since when each host that is back has been so: its samples count after the warm-up. */
export function backSince(state: State): Changed {
  const since = new Map(restored(state).map((host) => [nameOf(host), host.since]));
  return { since, warmup: state.given.component.warmup };
}

/**
 * Readings of hosts that are back came. When they fail what the change failed, it was not the change: the rest stays where
 * it is, instead of being taken through a restart for nothing. Nothing waits for this: a rollback is never slowed down.
 */
export function measuredBack(before: State, phase: Restoring, samples: readonly Sample[]): Reduced {
  const changed = backSince(before);
  const state = { ...before, evidence: addSamples(before.evidence, samples, changed) };
  const judged = failedOf(state).map((policy) => {
    const trial = phase.trials.get(policy.text) ?? startTrial();
    return { text: policy.text, ...judge(trial, policy, viewOf(state, policy, changed)) };
  });
  const trials: ReadonlyMap<string, Trial> = new Map(judged.map(({ text, trial }) => [text, trial]));
  const now: State = { ...state, phase: { ...phase, trials } };
  const same = judged.map(({ judgement }) => judgement).filter(({ verdict }) => verdict === "fail");
  if (same.length === 0 || same.length < judged.length || !isAnyWaiting(now)) return stay(now);
  return stopped(now, phase, same);
}

function failedOf(state: State) {
  return state.given.component.assertions.filter((policy) => {
    return !policy.observeOnly && state.judgements.get(policy.text)?.verdict === "fail";
  });
}

function viewOf(state: State, policy: Parameters<typeof judge>[1], changed: Changed): Parameters<typeof judge>[2] {
  const { component } = state.given;
  return {
    evidence: state.evidence,
    changed,
    at: state.measuredAt,
    every: everyBack(state, policy.every),
    measures: measuresOf(component.metrics),
    alpha: alphaOf(component, policy, 0, state.hosts.size),
    baseline: hostsOf(state)
      .filter((host) => !host.touched && host.fenced)
      .map(nameOf),
    fleet: hostsOf(state)
      .filter((host) => !host.down)
      .map(nameOf),
  };
}

/** As often as in the longest bake, ms. */
export function everyBack(state: State, written: number | undefined): number {
  return everyOf(written, Math.max(0, ...state.given.plan.stages.map((stage) => stage.bake)));
}

function stopped(state: State, phase: Restoring, same: readonly Judgement[]): Reduced {
  const { component, plan } = state.given;
  const judgements = same.map(environmental);
  const said: readonly Effect[] = judgements.map((judgement) =>
    announce({ type: "assertion.judged", stage: undefined, judgement }),
  );
  const rest = foldHosts(
    hostsOf(state)
      .filter((host) => host.at === "directed" || isOnRelease(host))
      .map(nameOf),
  );
  const ending: Ending = {
    outcome: "held",
    reason: "environment",
    summary: `${phase.ending.summary} The hosts that were taken back are no better: ${same.map(numbersOf).join("; ")}. So it is not ${plan.version} but the environment, and ${rest} stay on it.`,
    hint: `Mend what they share. Then put the rest back: ship rollback -c ${component.name}. Or go on: ship -c ${component.name} --version ${plan.version} --retry-bad --reason TEXT`,
  };
  const known = new Map([...state.judgements, ...judgements.map((one) => [one.assertion, one] as const)]);
  const next: State = {
    ...state,
    judgements: known,
    phase: { name: "stopping", ending, deadline: undefined, back: true },
  };
  return and({ state, effects: said }, () => stay(next));
}

/** Bad, and not the change's doing. */
function environmental(judgement: Judgement): Judgement {
  const detail = "hosts that were taken back are no better";
  return { ...judgement, verdict: "undecided", causes: [{ cause: "environment", detail }] };
}

function numbersOf({ assertion, value, hosts }: Judgement): string {
  return `${assertion} fails with ${number(value)} on ${foldHosts(hosts)}`;
}
