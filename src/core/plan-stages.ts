import type { Component } from "./component.ts";
import { isDrifted, wayBack } from "./drift.ts";
import { type Host, hostsIn, hostsOf, type Share } from "./fleet.ts";
import { token } from "./host.ts";
import type { Asked, HostPlan, Seen, StagePlan } from "./plan.ts";
import { isProven } from "./proven.ts";

/** The stages by the policy, each with the hosts that no earlier one has. `continues`: the rollout that is gone on with. */
export function stagesOf(asked: Asked, continues: string | undefined): readonly StagePlan[] {
  const { component, to, selected } = asked;
  const cohorts = hostsOf(asked.fleet, component.hosts);
  const end = to === undefined ? -1 : component.stages.findLastIndex((stage) => stage.cohort === to);
  const policies = end < 0 ? component.stages : component.stages.slice(0, end + 1);
  const taken = new Set<string>();
  const stages = policies.map((policy) => {
    const members = cohorts.flatMap(({ cohort, hosts }) => (cohort === policy.cohort ? hosts : []));
    const left = members.filter((host) => !taken.has(host.name));
    const rest = ordered(left, (host) => hostPlan(asked, host, continues));
    const turn = policy.share === undefined ? rest : sharing(component, policy.share, { members, rest });
    for (const { host } of turn) taken.add(host);
    return {
      policy,
      members,
      turn,
      hosts: selected === undefined ? turn : turn.filter(({ host }) => selected.has(host)),
    };
  });
  const planned = selected === undefined ? taken : plannedIn(stages);
  return stages.map(({ policy, members, turn, hosts }) => ({
    name: policy.share === undefined ? policy.cohort : `${policy.cohort} ${shareText(policy.share)}`,
    cohort: policy.cohort,
    hosts,
    width: hostsIn(component.maxUnavailable, members.length),
    maxFailed: hostsIn(policy.maxFailed ?? component.maxFailed, turn.length),
    down: members.filter(({ name }) => !planned.has(name) && isDown(asked.seen.get(name))).length,
    bake: asked.now ? 0 : policy.bake,
    longestBake: asked.now ? 0 : policy.longestBake,
    ...(policy.approve === true ? { approve: true } : {}),
  }));
}

type Sharing = { readonly members: readonly Host[]; readonly rest: readonly HostPlan[] };

/** A share is one of the hosts of each service: else a small one might have none of its hosts in it, and nobody to judge. */
function sharing({ parts }: Component, share: Share, { members, rest }: Sharing): readonly HostPlan[] {
  if (parts === undefined) return rest.slice(0, hostsIn(share, members.length));
  const taken = parts.flatMap(({ hosts }) => {
    const count = members.filter(({ name }) => hosts.has(name)).length;
    return rest.filter(({ host }) => hosts.has(host)).slice(0, hostsIn(share, count));
  });
  return rest.filter((host) => taken.includes(host));
}

/** The names of the hosts that the stages have. */
export function plannedIn(stages: readonly Pick<StagePlan, "hosts">[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { hosts } of stages) {
    for (const { host } of hosts) names.add(host);
  }
  return names;
}

/** Is the host out of service as far as was seen? One whose revert failed may answer, and be drained still. */
export function isDown(seen: Seen | undefined): boolean {
  return seen?.type !== "observed" || seen.healthy === false || seen.observation.record.phase === "revert-failed";
}

function shareText(share: Share): string {
  return share.type === "count" ? String(share.count) : `${share.percent}%`;
}

/** A host of which nothing is known: it is in the plan, and counts as bad until it answers. */
export function absentPlan(
  host: Pick<Host, "name" | "cohort">,
  seen: Extract<Seen, { readonly type: "absent" }> | undefined,
  to: string,
): HostPlan {
  const unknown = { from: "", back: "", healthy: undefined, attempt: 0, expect: "", ours: false, unproven: false };
  const detail = seen?.reason ?? "it was not asked";
  return { ...unknown, host: host.name, cohort: host.cohort, to, action: "absent", detail };
}

function hostPlan(asked: Asked, host: Host, continues: string | undefined): HostPlan {
  const seen = asked.seen.get(host.name);
  if (seen?.type !== "observed") return absentPlan(host, seen, asked.release.name);
  const { record, link } = seen.observation;
  const here = link === asked.release.name;
  const known = here && !isDrifted(seen.observation);
  const unproven = ["armed", "switched", "confirmed", "revert-failed"].includes(record.phase);
  return {
    host: host.name,
    cohort: host.cohort,
    to: asked.release.name,
    action: known && isProven(record) ? "none" : known && record.phase === "confirmed" ? "bake" : "change",
    from: link,
    back: wayBack(seen.observation, { rollout: continues, target: asked.release.name }),
    healthy: isDown(seen) ? false : seen.healthy,
    attempt: record.attempt,
    expect: token(record),
    ours: continues !== undefined && record.rollout === continues && here,
    unproven,
    ...(["armed", "switched"].includes(record.phase) ? { leased: true } : {}),
    detail: undefined,
  };
}

/** Hosts that have the release already, then unhealthy ones, then the rest spread over their zones. */
function ordered(hosts: readonly Host[], planned: (host: Host) => HostPlan): readonly HostPlan[] {
  const turns = new Map<string, number>();
  const keyed = hosts.map((host) => {
    const plan = planned(host);
    const zone = host.labels["zone"] ?? "";
    const turn = turns.get(zone) ?? 0;
    turns.set(zone, turn + 1);
    return { plan, rank: rankOf(plan), turn };
  });
  return keyed.sort((a, b) => a.rank - b.rank || a.turn - b.turn).map(({ plan }) => plan);
}

function rankOf({ action, healthy }: HostPlan): number {
  if (action === "none" || action === "bake") return 0;
  return healthy === false ? 1 : 2;
}
