import { believedRecords } from "./belief.ts";
import type { Component } from "./component.ts";
import { type Fleet, hostsIn, hostsOf } from "./fleet.ts";
import { type HostRecord, type Observation, token } from "./host.ts";
import { besides, type HostPlan, type Plan, type Seen } from "./plan.ts";
import { absentPlan } from "./plan-stages.ts";
import { versionOf } from "./release.ts";

export type AskedBack = {
  readonly component: Component;
  readonly fleet: Fleet;
  readonly seen: ReadonlyMap<string, Seen>;
  /** Version to go back to, when it was named: one that was proven on the host and is still on its disk. */
  readonly toVersion: string | undefined;
  readonly selected: ReadonlySet<string> | undefined;
  /**
   * Undoes what the last rollout changed and no more: a host that had the same before keeps it, and where nothing was proven
   * before, nothing is left. Else what it brought is undone everywhere, and stays where nothing was before.
   */
  readonly exact?: boolean;
};

/**
 * The plan of a rollback: undoes the last rollout, on the hosts that it changed, and whatever else runs unproven. Refuses
 * nothing: a host that cannot go back is in the plan as absent, and is named at the end.
 */
export function planBack(asked: AskedBack): Plan {
  const undone = lastRollout(asked.seen);
  const { exact = false } = asked;
  const releases = exact ? new Set<string>() : broughtBy(asked.seen, undone);
  const made = planBackOf(asked, { rollout: undone, releases, empties: exact });
  const left = [...asked.seen.values()].some((seen) => seen.type === "observed" && isLeft(seen.observation, undone));
  const idle = made.stages.every((stage) => stage.hosts.every((host) => host.action === "none"));
  return idle && !left ? { ...made, continues: undefined } : made;
}

/** Does the host still say that the rollout goes on? */
function isLeft({ record }: Observation, undone: string | undefined): boolean {
  return record.open !== "" && record.open === undone;
}

/**
 * What a rollback that was cut off undoes: what its rollout changed, as that would have done by itself; and all that it brought
 * where somebody asked for that, which shows on hosts that it did not change and that were told to go back.
 */
export function undoneFurther(seen: AskedBack["seen"], rollout: string): Undone {
  const isAsked = recordsOf(seen).some((record) => {
    const isTold = record.direction === "rollback" && record.open === rollout;
    return isTold && record.rollout !== rollout && record.phase === "proven";
  });
  return { rollout, releases: isAsked ? broughtBy(seen, rollout) : new Set(), empties: false };
}

/** The plan that undoes a rollout. */
export function planBackOf(asked: AskedBack, undone: Undone): Plan {
  const { component, fleet } = asked;
  const members = hostsOf(fleet, component.hosts).at(-1)?.hosts ?? [];
  const hosts = members
    .filter((host) => asked.selected?.has(host.name) ?? true)
    .map((host) => hostBack(asked, host, undone));
  const width = Math.max(1, hostsIn(component.rollback.maxUnavailable, members.length));
  const stage = {
    name: "rollback",
    cohort: fleet.cohorts.at(-1)?.name ?? "",
    hosts,
    width,
    maxFailed: hosts.length,
    down: 0,
    bake: 0,
    longestBake: 0,
  };
  return {
    component: component.name,
    version: asked.toVersion ?? versionsText(hosts),
    release: "",
    direction: "rollback",
    continues: undone.rollout,
    stages: [stage],
    ...besides(asked.seen, [stage]),
    gates: [],
    least: 0,
  };
}

/** The rollout that is in progress, or left something unproven, or came last: ids sort by time. */
export function lastRollout(seen: ReadonlyMap<string, Seen>): string | undefined {
  const records = believedRecords(seen);
  const open = records
    .map((record) => record.open)
    .filter((id) => id !== "" && records.some((record) => record.rollout === id));
  const unproven = records
    .filter((record) => record.rollout !== "" && isOpenPhase(record))
    .map((record) => record.rollout);
  const all = records.map((record) => record.rollout).filter((id) => id !== "");
  return [open, unproven, all]
    .find((ids) => ids.length > 0)
    ?.sort()
    .at(-1);
}

/** What is undone: a rollout, and with it what it brought; a straggler may have brought the same to one host later. */
type Undone = {
  readonly rollout: string | undefined;
  readonly releases: ReadonlySet<string>;
  /** Is a host left with nothing, where nothing was proven before? */
  readonly empties: boolean;
};

function broughtBy(seen: ReadonlyMap<string, Seen>, rollout: string | undefined): ReadonlySet<string> {
  const records = recordsOf(seen).filter((record) => record.rollout === rollout);
  return new Set(records.map((record) => record.target));
}

function recordsOf(seen: AskedBack["seen"]): readonly HostRecord[] {
  return [...seen.values()].flatMap((each) => (each.type === "observed" ? [each.observation.record] : []));
}

function isOpenPhase(record: HostRecord): boolean {
  return ["armed", "switched", "confirmed", "reverting", "revert-failed"].includes(record.phase);
}

function hostBack(asked: AskedBack, host: { name: string; cohort: string }, undone: Undone): HostPlan {
  const seen = asked.seen.get(host.name);
  const base = { host: host.name, cohort: host.cohort, ours: false, unproven: false };
  if (seen?.type !== "observed") return absentPlan(host, seen, "");
  const { observation, healthy } = seen;
  const { record, link } = observation;
  const known = { ...base, from: link, healthy, attempt: record.attempt, expect: token(record) };
  const target = asked.toVersion === undefined ? goodOf(record, undone) : named(observation, asked.toVersion);
  if (target.type === "none") return { ...known, action: "none", to: link, back: link, detail: target.why };
  if (target.type === "missing") return { ...known, action: "absent", to: "", back: "", detail: target.why };
  const there = link === target.release && !isOpenPhase(record) && !isUnsure(record, undone.rollout, healthy);
  return { ...known, action: there ? "none" : "change", to: target.release, back: target.release, detail: undefined };
}

/** A host's plan after its record moved on: the run that it is taken from was still at work. */
export function followedBack(plan: HostPlan, record: HostRecord): HostPlan {
  const known = { ...plan, from: record.current, attempt: record.attempt, expect: token(record) };
  if (plan.action === "change") return known;
  const target = goodOf(record, { rollout: record.open, releases: new Set(), empties: false });
  return target.type === "release"
    ? { ...known, action: "change", to: target.release, back: target.release, detail: undefined }
    : known;
}

type Target =
  | { readonly type: "release"; readonly release: string }
  | { readonly type: "none"; readonly why: string }
  | { readonly type: "missing"; readonly why: string };

/** It was put back, and does not answer there: it is looked at again, and named when it stays so. */
function isUnsure(record: HostRecord, undone: string | undefined, healthy: boolean | undefined): boolean {
  return record.rollout === undone && record.phase === "reverted" && healthy === false;
}

/** A host that the rollout did not change, and that runs what was proven, stays as it is. */
function goodOf(record: HostRecord, { rollout, releases, empties }: Undone): Target {
  if (isOpenPhase(record) || record.phase === "reverted") return { type: "release", release: record.good };
  const undone = record.rollout === rollout || releases.has(record.current);
  if (!undone || record.phase !== "proven") return { type: "none", why: "it runs what was proven on it" };
  if (record.good === "" && !empties) return { type: "none", why: "nothing was proven on it before" };
  return { type: "release", release: record.good };
}

/** What passed in one stage and was found bad in a later one does not count as proven. */
function named({ releases, proven, bad }: Observation, version: string): Target {
  const release = releases
    .filter((name) => versionOf(name) === version && proven.includes(name) && !bad.includes(name))
    .at(-1);
  return release === undefined
    ? { type: "missing", why: `${version} was not proven on it, or is no longer on its disk` }
    : { type: "release", release };
}

function versionsText(hosts: readonly HostPlan[]): string {
  const versions = new Set(
    hosts.filter((host) => host.action === "change").map((host) => versionOf(host.back) ?? "no release"),
  );
  return [...versions].sort().join(", ");
}
