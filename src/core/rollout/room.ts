import { dueStep } from "./change.ts";
import { isInHand, isOut, isUnchanged, type Progress } from "./progress.ts";
import { hostsOf, type State, type Turn } from "./state.ts";

/**
 * Never more than `width` of the cohort's hosts out of service at once, those that are down and not of this rollout
 * included. A host that is down anyway costs no more when it changes. While a `once` step runs or has still to run, one
 * host goes alone.
 */
export function mayStart(state: State, host: Progress, { index, stage }: Turn): boolean {
  const members = inCohort(state, { index, stage });
  const hands = members.filter(isInHand).length;
  if (dueStep(state) !== undefined) return hands === 0;
  if (isLeased(state, host)) return hands < stage.width;
  const out = members.filter((each) => isOut(each) || isLeased(state, each)).length + stage.down;
  return hands < stage.width && (host.down || out < stage.width) && hasRoomAround(state, index);
}

/**
 * Did a run before this one leave the host out on its lease, and may it be out still? It counts until it is changed, or until
 * it has put itself back for certain.
 */
export function isLeased(state: State, { plan, at, leasedUntil }: Progress): boolean {
  return plan.leased !== undefined && isUnchanged({ at }) && state.now < leasedUntil;
}

/** Is there room in the wider cohorts of later stages, of which this stage's hosts are members too? Leases take it up. */
function hasRoomAround(state: State, index: number): boolean {
  return state.given.plan.stages.every((stage, at) => {
    if (at <= index) return true;
    const members = inCohort(state, { index: at, stage });
    const leased = members.filter((host) => isLeased(state, host)).length;
    return leased === 0 || members.filter(isInHand).length + leased < stage.width;
  });
}

/** The hosts of the stage's cohort: cohorts are nested, so that it holds those of the stages before, and its own later share. */
function inCohort(state: State, { index, stage }: Turn): readonly Progress[] {
  const { stages } = state.given.plan;
  const mine = new Set(stages.flatMap(({ cohort }, at) => (at <= index || cohort === stage.cohort ? [at] : [])));
  return hostsOf(state).filter((host) => mine.has(host.stage));
}
