import { type AssertionPolicy, type Component, cohortsUntil, judgedAfter } from "./component.ts";
import type { Moment } from "./estimate.ts";
import { forecastStage, type StageForecast } from "./forecast-stage.ts";
import type { Scene } from "./forecast-traffic.ts";
import { warningsOf } from "./forecast-warnings.ts";
import type { Judgement } from "./judge.ts";
import { isOn } from "./parts.ts";
import type { HostPlan, Plan } from "./plan.ts";
import { measuresOf } from "./sample.ts";
import { sickNow } from "./sick.ts";

/** What a plan's gates will be able to see; beside the plan, which does not depend on it. */
export type Forecast =
  | { readonly type: "measured"; readonly gates: readonly GateForecast[]; readonly warnings: readonly string[] }
  /** Nothing is predicted, and why. */
  | { readonly type: "none"; readonly why: string };

/** One assertion: its number and verdict on the fleet of now, what it can see in each stage that has it, and where that is too little. */
export type GateForecast = {
  readonly assertion: string;
  readonly value: number | undefined;
  readonly verdict: Judgement["verdict"];
  readonly stages: readonly StageForecast[];
  readonly warnings: readonly string[];
};

/** The fleet as it was measured, all hosts as one group, and what the assertions said of it. */
export type Measured = Moment & { readonly judgements: readonly Judgement[] };

/**
 * What each gate will see, from the traffic of now: how long until it can pass, how soon it would find what goes wrong, on how
 * many hosts by then, and where it could hardly ever decide. Expected counts in the tests that will judge (see
 * `eventsToExceed`): times are about right, and never sooner than the readings that a verdict needs.
 */
export function forecast(component: Component, plan: Plan, measured: Measured): Forecast {
  const scenes = scenesOf(component, plan, measured);
  const isObserved = component.gate === "observe";
  const sick = plan.continues === undefined ? sickNow(component, measured.judgements) : [];
  const isSick = (policy: AssertionPolicy) => sick.some(({ assertion }) => assertion === policy.text);
  return {
    type: "measured",
    gates: component.assertions.map((policy) => {
      return gateOf(policy, { scenes, measured, isObserved, isSick: isSick(policy) });
    }),
    warnings: isObserved ? ["gate: observe: no verdict decides anything"] : [],
  };
}

type Now = {
  readonly scenes: readonly Scene[];
  readonly measured: Measured;
  readonly isObserved: boolean;
  readonly isSick: boolean;
};

function gateOf(policy: AssertionPolicy, { scenes, measured, isObserved, isSick }: Now): GateForecast {
  const own = policy.on === undefined ? scenes : scenes.map((scene) => sceneOn(policy, scene));
  const judged = own.filter(({ cohorts, changed }) => {
    return judgedAfter([policy], cohorts).length > 0 && (policy.on === undefined || changed.length > 0);
  });
  const stages = judged.map((scene) => forecastStage(policy, scene));
  const now = measured.judgements.find(({ assertion }) => assertion === policy.text);
  const { value, verdict = "undecided" } = now ?? { value: undefined };
  const warnings = warningsOf(policy, { stages, scenes: judged, verdict, isSick, isObserved });
  return { assertion: policy.text, value, verdict, stages, warnings };
}

/** The scene with the assertion's own hosts alone. */
function sceneOn(policy: AssertionPolicy, scene: Scene): Scene {
  const isOwn = (host: string) => isOn(policy, host);
  return { ...scene, changed: scene.changed.filter(isOwn), baseline: scene.baseline.filter(isOwn) };
}

/** The stages that have something to do, each at its end. */
function scenesOf(component: Component, plan: Plan, moment: Moment): readonly Scene[] {
  const measures = measuresOf(component.metrics);
  const reached = plan.stages.flatMap((stage) => stage.hosts).filter(({ action }) => action !== "absent");
  return plan.stages.flatMap((stage, index) => {
    const turned = new Set(plan.stages.slice(0, index + 1).flatMap(({ hosts }) => hosts));
    const has = (host: HostPlan) => host.action !== "change" || turned.has(host);
    const changed = namesOf(reached.filter(has));
    const baseline = namesOf(reached.filter((host) => !has(host)));
    const cohorts = cohortsUntil(plan.stages, index);
    const isIdle = stage.hosts.every(({ action }) => action === "none" || action === "absent");
    return isIdle ? [] : [{ component, measures, moment, stage, index, cohorts, changed, baseline }];
  });
}

function namesOf(hosts: readonly HostPlan[]): readonly string[] {
  return hosts.map(({ host }) => host);
}
