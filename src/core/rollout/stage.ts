import { startTrial } from "../judge.ts";
import type { StagePlan } from "../plan.ts";
import { advance, order, place } from "./change.ts";
import { finish } from "./closing.ts";
import { behindText, fail, hold } from "./fail.ts";
import {
  and,
  announce,
  each,
  hostsOfStage,
  isChanged,
  isInHand,
  type Phase,
  type Progress,
  type Reduced,
  type State,
  set,
  stay,
} from "./state.ts";

type Baking = Extract<Phase, { readonly name: "baking" }>;

/** The turn of stage `index`, or the end when there is none. Readings are counted afresh for each stage. */
export function enterStage(state: State, index: number): Reduced {
  const stage = state.given.plan.stages[index];
  if (stage === undefined) return enterFinishing(state, index - 1);
  const hosts = hostsOfStage(state, index);
  const fresh: State = {
    ...state,
    phase: { name: "changing", index },
    trials: restarted(state),
    judgements: new Map(),
    judgedAt: new Map(),
  };
  if (hosts.every((host) => host.at === "proven" || host.bad)) return enterStage(fresh, index + 1);
  const started = {
    type: "stage.started",
    stage: stage.name,
    index,
    hosts: stage.hosts.map((host) => host.host),
    width: stage.width,
  } as const;
  return and({ state: fresh, effects: [announce(started)] }, (now) => placing(now, index));
}

function restarted(state: State): State["trials"] {
  return new Map([...state.trials].map(([assertion, trial]) => [assertion, startTrial(trial)]));
}

/** Brings the bytes to a stage's hosts: before its turn, while the stage before it bakes. */
function placing(state: State, index: number): Reduced {
  return each(
    state,
    hostsOfStage(state, index).filter((host) => host.at === "waiting"),
    place,
  );
}

export function pumpChanging(state: State, index: number): Reduced {
  const stage = state.given.plan.stages[index];
  if (stage === undefined) return stay(state);
  const hosts = hostsOfStage(state, index);
  const bad = hosts.filter((host) => host.bad);
  if (bad.length > stage.maxFailed) return fail(state, index, "hosts-failed", failedText(bad, stage));
  const started = starting(state, index, stage);
  const unsettled = hostsOfStage(started.state, index).filter((host) => !isSettled(host));
  if (unsettled.length === 0) return and(started, (now) => enterBake(now, index));
  const stalled = unsettled.every((host) => host.at === "placed");
  return stalled
    ? and(started, (now) => hold(now, index, "unreachable", `no room in the window: ${behindText(now)}`))
    : started;
}

function isSettled(host: Progress): boolean {
  return !isInHand(host) && host.at !== "waiting" && host.at !== "placing" && host.at !== "placed";
}

function failedText(bad: readonly Progress[], stage: StagePlan): string {
  const first = bad[0];
  const allowed = stage.maxFailed === 0 ? "none is allowed to" : `${stage.maxFailed} may`;
  return `${bad.length} of ${stage.hosts.length} hosts failed, and ${allowed}: ${first?.plan.host}: ${first?.detail}`;
}

/** Starts as many placed hosts as the window leaves, in the plan's order. */
function starting(state: State, index: number, stage: StagePlan): Reduced {
  const ready = stage.hosts.flatMap(({ host }) => {
    const progress = state.hosts.get(host);
    return progress?.at === "placed" ? [progress] : [];
  });
  return each(state, ready, (now, host) =>
    mayStart(now, host, index, stage.width) ? advance(now, host.plan.host) : stay(now),
  );
}

/**
 * Never more than `width` of the cohort's hosts out of service at once. A host that is down anyway costs no more when it
 * changes. While a `once` step runs or has still to run, one host goes alone.
 */
function mayStart(state: State, host: Progress, index: number, width: number): boolean {
  const members = [...state.hosts.values()].filter((each) => each.stage <= index);
  const hands = members.filter(isInHand).length;
  const steps = state.given.component.once.some((step, at) => step.when === "before" && !state.stepped.has(at));
  if (steps) return hands === 0;
  const out = members.filter(
    (each) => isInHand(each) || each.down || each.at === "unknown" || each.at === "stuck",
  ).length;
  return hands < width && (host.down || out < width);
}

function enterBake(state: State, index: number): Reduced {
  const stage = state.given.plan.stages[index];
  if (stage === undefined) return stay(state);
  if (state.given.options.now) return enterProving(state, index);
  const until = state.now + stage.bake;
  const started = { type: "bake.started", stage: stage.name, duration: stage.bake, until } as const;
  const baking: State = { ...state, phase: { name: "baking", index, until } };
  return and({ state: baking, effects: [announce(started)] }, (now) => placing(now, index + 1));
}

/** Passed when its time is over, nothing failed and every assertion has its evidence. A fail ends it in `measured`. */
export function pumpBaking(state: State, { index, until }: Baking): Reduced {
  const stage = state.given.plan.stages[index];
  if (stage === undefined || state.measuring || state.measuredAt < until) return stay(state);
  const open = state.given.component.assertions.filter((assertion) => {
    return !assertion.observeOnly && state.judgements.get(assertion.text)?.verdict !== "pass";
  });
  if (open.length === 0) return enterProving(state, index);
  const why = open.map((assertion) => `${assertion.text}: ${blindText(state, assertion.text)}`).join("; ");
  const text = `no verdict at the end of the bake: ${why}`;
  return state.given.component.onBlind === "hold"
    ? hold(state, index, "no-evidence", text)
    : fail(state, index, "no-evidence", text);
}

function blindText(state: State, assertion: string): string {
  const judgement = state.judgements.get(assertion);
  if (judgement === undefined) return "never measured";
  const causes = judgement.causes.map((each) => `${each.cause} (${each.detail})`);
  return causes.length > 0 ? causes.slice(0, 2).join(", ") : `${judgement.readings} readings`;
}

/** Proven is written to the stage's hosts: from now on they keep the release whatever dies. */
function enterProving(state: State, index: number): Reduced {
  const hosts = hostsOfStage(state, index).filter((host) => host.at === "confirmed");
  return each({ ...state, phase: { name: "proving", index } }, hosts, (now, host) => {
    const next = set(now, host.plan.host, { at: "proving", tries: 0 });
    return order(next, host.plan.host, { type: "prove", target: now.given.release.name });
  });
}

export function pumpProving(state: State, index: number): Reduced {
  const stage = state.given.plan.stages[index];
  const hosts = hostsOfStage(state, index);
  if (stage === undefined || hosts.some((host) => host.at === "proving")) return stay(state);
  const bad = hosts.filter((host) => host.bad);
  if (bad.length > stage.maxFailed) return fail(state, index, "hosts-failed", failedText(bad, stage));
  const passed = {
    type: "stage.passed",
    stage: stage.name,
    index,
    judgements: [...state.judgements.values()],
  } as const;
  return and({ state, effects: [announce(passed)] }, (now) => enterStage(now, index + 1));
}

/** Steps that run after everything else, on the first host that has the release. */
function enterFinishing(state: State, index: number): Reduced {
  return { state: { ...state, phase: { name: "finishing", index } }, effects: [] };
}

export function pumpFinishing(state: State, index: number): Reduced {
  if ([...state.hosts.values()].some((host) => host.at === "stepping")) return stay(state);
  const { once } = state.given.component;
  const next = once.findIndex((step, at) => step.when === "after" && !state.stepped.has(at));
  const host = [...state.hosts.values()].find(isChanged);
  if (next < 0 || host === undefined) return finish(state);
  if (host.bad) return hold(state, index, "step-failed", `${once[next]?.run}: ${host.detail}`);
  return advance(state, host.plan.host);
}
