import { type Component, everyOf } from "./component.ts";
import type { Outcome } from "./error.ts";
import type { Fleet } from "./fleet.ts";
import { type Observation, token } from "./host.ts";
import { methodText } from "./judge.ts";
import { planBackOf, undoneFurther } from "./plan-back.ts";
import { plannedIn, stagesOf } from "./plan-stages.ts";
import { refusal } from "./refuse.ts";
import type { Release } from "./release.ts";
import { measuresOf } from "./sample.ts";

/** What one host will go through: from → to, and back where it goes when the change fails. Release names; empty: none. */
export type HostPlan = {
  readonly host: string;
  readonly cohort: string;
  /** `change`: brought to the release. `bake`: is on it, unproven; watched again, not restarted. `none`: proven. `absent`: not reached. */
  readonly action: "change" | "bake" | "none" | "absent";
  readonly from: string;
  readonly to: string;
  readonly back: string;
  /** Does the service answer its health check now? undefined where none is configured or nothing is known. */
  readonly healthy: boolean | undefined;
  /** Attempt number of the record as observed. */
  readonly attempt: number;
  /** `token` of the record as observed. */
  readonly expect: string;
  /** Changed already by the rollout that is continued: rolled back with the rest. */
  readonly ours: boolean;
  /** Runs something that was never proven here: put back by a rollback, whoever brought it. */
  readonly unproven: boolean;
  /** A run before this one left it out on its lease: it may be drained, and goes back by itself when the lease is over. */
  readonly leased?: true;
  /** Why it is absent. */
  readonly detail: string | undefined;
};

export type StagePlan = {
  /** `internal`, or `all 10%`. */
  readonly name: string;
  readonly cohort: string;
  readonly hosts: readonly HostPlan[];
  /** How many of the cohort's hosts may be out of service at once, those that are down already included. */
  readonly width: number;
  readonly maxFailed: number;
  /** Hosts of the cohort that are down and that no stage has: they use up the width too. */
  readonly down: number;
  /** Begins when somebody has approved it. */
  readonly approve?: boolean;
  /** ms: the least, and the longest that weak evidence may stretch it to. */
  readonly bake: number;
  readonly longestBake: number;
};

/** How an assertion is judged, as the plan shows it. */
export type GatePlan = {
  readonly assertion: string;
  readonly method: string;
  readonly every: number;
  readonly observeOnly: boolean;
};

export type Plan = {
  readonly component: string;
  readonly version: string;
  readonly release: string;
  readonly direction: "forward" | "rollback";
  /** Id of the unfinished rollout that is continued. */
  readonly continues: string | undefined;
  /** Of a rollback that is gone on with: was its release marked as bad by a verdict? */
  readonly wasBad?: boolean;
  readonly stages: readonly StagePlan[];
  /** The component's other hosts, which --to or a filter left out: taken over with the rest, so that no older run acts there, and left as they are. */
  readonly beside?: readonly HostPlan[];
  readonly gates: readonly GatePlan[];
  /** ms: the least that the stages to do take. */
  readonly least: number;
};

/** What a look at a host gave. */
export type Seen =
  | {
      readonly type: "observed";
      readonly observation: Observation;
      readonly healthy: boolean | undefined;
      /** The service answers, and its process cannot be found: what is asserted of it could never be decided. */
      readonly hidden: boolean;
    }
  | { readonly type: "absent"; readonly cause: "unreachable" | "host-key" | "auth" | "lost"; readonly reason: string };

export type Asked = {
  readonly component: Component;
  readonly fleet: Fleet;
  readonly release: Release;
  readonly seen: ReadonlyMap<string, Seen>;
  /** Last cohort to bring to the release; undefined is all. */
  readonly to: string | undefined;
  /** Hosts that the filters leave; undefined is all. */
  readonly selected: ReadonlySet<string> | undefined;
  /** No bakes: health and budgets stay. */
  readonly now: boolean;
  readonly adopt: boolean;
  readonly retryBad: boolean;
};

export type Planned =
  | { readonly type: "plan"; readonly plan: Plan }
  | {
      readonly type: "refused";
      readonly outcome: Outcome;
      readonly complaints: readonly string[];
      readonly hint: string;
    };

/** The plan for a release: made of the policy and one look at the fleet, by the same function for a dry run and a real one. */
export function plan(asked: Asked): Planned {
  const continues = unfinished(asked);
  if (continues !== undefined && isGoingBack(asked, continues)) return { type: "plan", plan: back(asked, continues) };
  const made = forward(asked, continues);
  return (isNothing(made) ? undefined : refusal(asked, made)) ?? { type: "plan", plan: made };
}

/** Is there nothing to change, nothing to watch, and no rollout that was left without its end? */
export function isNothing(plan: Plan): boolean {
  return (
    plan.continues === undefined && plan.stages.every(({ hosts }) => hosts.every(({ action }) => action === "none"))
  );
}

/** How far the plan goes: the name of its last stage. */
export function lastStage(plan: Plan): string {
  return plan.stages.at(-1)?.name ?? "";
}

/** A rollback that was killed goes on rolling back, whatever stands in the way of going forward. */
function back(asked: Asked, undone: string): Plan {
  const { component, fleet, release, seen, selected } = asked;
  const made = planBackOf({ component, fleet, seen, selected, toVersion: undefined }, undoneFurther(seen, undone));
  const wasBad = observed(asked).some(({ observation }) => observation.bad.includes(release.name));
  return { ...made, version: release.manifest.version, release: release.name, continues: undone, wasBad };
}

function forward(asked: Asked, continues: string | undefined): Plan {
  const { component, release } = asked;
  const measures = measuresOf(component.metrics);
  const stages = stagesOf(asked, continues);
  return {
    component: component.name,
    version: release.manifest.version,
    release: release.name,
    direction: "forward",
    continues,
    stages,
    ...besides(asked.seen, stages),
    gates: component.assertions.map((assertion) => ({
      assertion: assertion.text,
      method: methodText(assertion, measures),
      every: everyOf(assertion.every, longestBake(stages)),
      observeOnly: assertion.observeOnly,
    })),
    least: stages.reduce((sum, stage) => sum + leastOf(component, stage), 0),
  };
}

/** Hosts that were seen and that no stage has; what cannot be read is nobody's to take over. */
export function besides(seen: Asked["seen"], stages: readonly StagePlan[]): Pick<Plan, "beside"> {
  const planned = plannedIn(stages);
  const beside: HostPlan[] = [];
  for (const [host, one] of seen) {
    if (planned.has(host) || one.type !== "observed" || one.observation.foreign !== undefined) continue;
    beside.push(left(host, one));
  }
  return beside.length === 0 ? {} : { beside };
}

function left(host: string, { observation, healthy }: Extract<Seen, { readonly type: "observed" }>): HostPlan {
  const { record, link } = observation;
  const where = { host, cohort: "", from: link, to: link, back: link, detail: undefined };
  const mark = { attempt: record.attempt, expect: token(record), ours: false, unproven: false };
  return { ...where, ...mark, action: "none", healthy };
}

function longestBake(stages: readonly StagePlan[]): number {
  return Math.max(0, ...stages.map((stage) => stage.bake));
}

/**
 * An unfinished rollout of the same release is continued under its id: the newest, as what an older one left open may have been
 * turned back by a newer. Ids sort by time.
 */
function unfinished(asked: Asked): string | undefined {
  const records = observed(asked).map((seen) => seen.observation.record);
  const mine = records.filter((record) => record.target === asked.release.name && record.rollout !== "");
  const open = mine.filter((record) => records.some((other) => other.open === record.rollout));
  const unproven = mine.filter((record) => ["armed", "switched", "confirmed"].includes(record.phase));
  const ids = (open.length > 0 ? open : unproven).map((record) => record.rollout);
  return ids.sort().at(-1);
}

/**
 * Was it turned back? That is written on the hosts that it changed, and it is not over while any host says so: one that
 * died while it took its leave is gone on with. Asking to try a bad release again turns it once more.
 */
function isGoingBack(asked: Asked, rollout: string): boolean {
  const records = observed(asked).map(({ observation }) => observation.record);
  const isOpen = records.some((record) => record.open === rollout);
  const isTurned = records.some((record) => record.direction === "rollback" && record.rollout === rollout);
  return isOpen && isTurned && !asked.retryBad;
}

function observed(asked: Asked): readonly Extract<Seen, { type: "observed" }>[] {
  return [...asked.seen.values()].filter((seen) => seen.type === "observed");
}

function leastOf(component: Component, stage: StagePlan): number {
  const changes = stage.hosts.filter((host) => host.action === "change").length;
  const watches = stage.hosts.some((host) => host.action !== "none" && host.action !== "absent");
  const rounds = Math.ceil(changes / Math.max(1, stage.width));
  const each = (component.drain?.for ?? 0) + (component.healthy?.for ?? 0);
  return rounds * each + (watches ? stage.bake : 0);
}
