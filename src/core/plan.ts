import type { Component } from "./component.ts";
import type { Outcome } from "./error.ts";
import { type Fleet, type Host, hostsIn, hostsOf } from "./fleet.ts";
import { isProven, type Observation, token } from "./host.ts";
import { methodOf } from "./judge.ts";
import { refusal } from "./refuse.ts";
import type { Release } from "./release.ts";

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
  /** ms. */
  readonly bake: number;
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
  readonly stages: readonly StagePlan[];
  readonly gates: readonly GatePlan[];
  /** ms: the least that the stages to do take. */
  readonly least: number;
};

/** What a look at a host gave. */
export type Seen =
  | { readonly type: "observed"; readonly observation: Observation; readonly healthy: boolean | undefined }
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
  const made = forward(asked);
  return (isNothing(made) ? undefined : refusal(asked, made)) ?? { type: "plan", plan: made };
}

/** Is there nothing to change and nothing to watch? */
export function isNothing(plan: Plan): boolean {
  return plan.stages.every((stage) => stage.hosts.every((host) => host.action === "none"));
}

function forward(asked: Asked): Plan {
  const { component, release } = asked;
  const continues = unfinished(asked);
  const stages = stagesOf(asked, continues);
  return {
    component: component.name,
    version: release.manifest.version,
    release: release.name,
    direction: continuesBack(asked, continues) ? "rollback" : "forward",
    continues,
    stages,
    gates: component.assertions.map((assertion) => ({
      assertion: assertion.text,
      method: methodOf(assertion),
      every: everyOf(assertion.every, longestBake(stages)),
      observeOnly: assertion.observeOnly,
    })),
    least: stages.reduce((sum, stage) => sum + leastOf(component, stage), 0),
  };
}

/** How often an assertion is measured: as written, else a tenth of the bake, from 1 s to 15 s. ms. */
export function everyOf(written: number | undefined, bake: number): number {
  return written ?? Math.min(15_000, Math.max(1_000, bake / 10));
}

function longestBake(stages: readonly StagePlan[]): number {
  return Math.max(0, ...stages.map((stage) => stage.bake));
}

/** An unfinished rollout of the same release is continued under its id. */
function unfinished(asked: Asked): string | undefined {
  const records = observed(asked).map((seen) => seen.observation.record);
  const mine = records.filter((record) => record.target === asked.release.name && record.rollout !== "");
  const open = mine.find((record) => records.some((other) => other.open === record.rollout));
  const unproven = mine.find((record) => ["armed", "switched", "confirmed"].includes(record.phase));
  return (open ?? unproven)?.rollout;
}

/** A rollback that was killed goes on rolling back. */
function continuesBack(asked: Asked, rollout: string | undefined): boolean {
  return observed(asked).some(({ observation: { record } }) => {
    return record.direction === "rollback" && record.rollout === rollout && record.open === rollout && !asked.retryBad;
  });
}

function observed(asked: Asked): readonly Extract<Seen, { type: "observed" }>[] {
  return [...asked.seen.values()].filter((seen) => seen.type === "observed");
}

function stagesOf(asked: Asked, continues: string | undefined): readonly StagePlan[] {
  const { component, to } = asked;
  const cohorts = hostsOf(asked.fleet, component.hosts);
  const end = to === undefined ? -1 : component.stages.findLastIndex((stage) => stage.cohort === to);
  const policies = end < 0 ? component.stages : component.stages.slice(0, end + 1);
  const taken = new Set<string>();
  return policies.map((policy) => {
    const members = cohorts.find((cohort) => cohort.cohort === policy.cohort)?.hosts ?? [];
    const rest = ordered(
      members.filter((host) => !taken.has(host.name)).map((host) => hostPlan(asked, host, continues)),
      members,
    );
    const turn = policy.share === undefined ? rest : rest.slice(0, hostsIn(policy.share, members.length));
    for (const host of turn) taken.add(host.host);
    const hosts = turn.filter((host) => asked.selected?.has(host.host) ?? true);
    return {
      name: policy.share === undefined ? policy.cohort : `${policy.cohort} ${shareText(policy.share)}`,
      cohort: policy.cohort,
      hosts,
      width: hostsIn(component.maxUnavailable, members.length),
      maxFailed: hostsIn(policy.maxFailed ?? component.maxFailed, turn.length),
      bake: asked.now ? 0 : policy.bake,
    };
  });
}

function shareText(share: { type: "count"; count: number } | { type: "percent"; percent: number }): string {
  return share.type === "count" ? String(share.count) : `${share.percent}%`;
}

function hostPlan(asked: Asked, host: Host, continues: string | undefined): HostPlan {
  const seen = asked.seen.get(host.name);
  const base = { host: host.name, cohort: host.cohort, to: asked.release.name };
  if (seen?.type !== "observed") {
    const detail = seen === undefined ? "it was not asked" : seen.reason;
    return {
      ...base,
      action: "absent",
      from: "",
      back: "",
      healthy: undefined,
      attempt: 0,
      expect: "",
      ours: false,
      unproven: false,
      detail,
    };
  }
  const { record, link } = seen.observation;
  const here = link === asked.release.name;
  const unproven = ["armed", "switched", "confirmed", "revert-failed"].includes(record.phase);
  return {
    ...base,
    action: here && isProven(record) ? "none" : here && record.phase === "confirmed" ? "bake" : "change",
    from: link,
    back: record.rollout !== continues && isProven(record) ? record.current : record.good,
    healthy: seen.healthy,
    attempt: record.attempt,
    expect: token(record),
    ours: continues !== undefined && record.rollout === continues && here,
    unproven,
    detail: undefined,
  };
}

/** Hosts that have the release already, then unhealthy ones, then the rest spread over their zones. */
function ordered(hosts: readonly HostPlan[], members: readonly Host[]): readonly HostPlan[] {
  const turn = turnsInZone(hosts, members);
  const rank = (host: HostPlan) =>
    host.action === "none" || host.action === "bake" ? 0 : host.healthy === false ? 1 : 2;
  return [...hosts].sort((a, b) => rank(a) - rank(b) || (turn.get(a.host) ?? 0) - (turn.get(b.host) ?? 0));
}

function turnsInZone(hosts: readonly HostPlan[], members: readonly Host[]): ReadonlyMap<string, number> {
  const zones = new Map(members.map((host) => [host.name, host.labels["zone"] ?? ""]));
  const count = new Map<string, number>();
  return new Map(
    hosts.map((host) => {
      const zone = zones.get(host.host) ?? "";
      const turn = count.get(zone) ?? 0;
      count.set(zone, turn + 1);
      return [host.host, turn];
    }),
  );
}

function leastOf(component: Component, stage: StagePlan): number {
  const changes = stage.hosts.filter((host) => host.action === "change").length;
  const watches = stage.hosts.some((host) => host.action !== "none" && host.action !== "absent");
  const rounds = Math.ceil(changes / Math.max(1, stage.width));
  const each = (component.drain?.for ?? 0) + (component.healthy?.for ?? 0);
  return rounds * each + (watches ? stage.bake : 0);
}
