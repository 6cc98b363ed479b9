import { dueStep } from "./change.ts";
import { isTooSoon, widthOf } from "./pacing.ts";
import { isInHand, isOut, isUnchanged, type Progress } from "./progress.ts";
import { countIn, type Question, thoseIn } from "./roster.ts";
import type { State, Turn } from "./state.ts";

/**
 * Never more than `width` of the cohort's hosts out of service at once, those that are down and not of this rollout
 * included. A host that is down anyway costs no more when it changes. While a `once` step runs or has still to run, one
 * host goes alone.
 */
export function mayStart(state: State, host: Progress, turn: Turn): boolean {
  const { index, stage } = turn;
  const hands = countInCohort(state, turn, isInHand);
  const width = widthOf(state, stage);
  if (isTooSoon(state)) return false;
  if (dueStep(state) !== undefined) return hands === 0;
  if (isLeased(state, host)) return hands < width;
  const leased = leasedInCohort(state, turn).filter((each) => !isOut(each));
  const out = countInCohort(state, turn, isOut) + leased.length + stage.down;
  return hands < width && (host.down || out < stage.width) && hasRoomAround(state, host, index);
}

/** Are so many hosts in hand that no other may start, whatever it is? */
export function isFull(state: State, turn: Turn): boolean {
  return countInCohort(state, turn, isInHand) >= Math.max(1, widthOf(state, turn.stage));
}

/**
 * Did a run before this one leave the host out on its lease, and may it be out still? It counts until it is changed, or until
 * it has put itself back for certain.
 */
export function isLeased(state: State, host: Progress): boolean {
  return wasLeased(host) && state.now < host.leasedUntil;
}

export function isAnyLeased(state: State): boolean {
  return thoseIn(state.hosts, wasLeased).some((host) => isLeased(state, host));
}

/** Also one that could not be taken over: its lease takes it back all the same. */
function wasLeased({ plan, at }: Progress): boolean {
  return plan.leased !== undefined && (isUnchanged({ at }) || at === "unknown");
}

/**
 * Is there room in the wider cohorts of later stages, of which this stage's hosts are members too? Leases take it up, and
 * while there are any, so does every host that may be out for another reason. One that is down anyway takes up none.
 */
function hasRoomAround(state: State, { down }: Progress, index: number): boolean {
  return state.given.plan.stages.every((stage, at) => {
    if (at <= index) return true;
    const turn = { index: at, stage };
    const leased = leasedInCohort(state, turn);
    const others = leased.filter((host) => !isOut(host)).length;
    const out = countInCohort(state, turn, isOut) + others + stage.down;
    return leased.length === 0 || down || out < stage.width;
  });
}

function leasedInCohort(state: State, turn: Turn): readonly Progress[] {
  return thoseIn(state.hosts, wasLeased, inCohort(state, turn)).filter((host) => isLeased(state, host));
}

function countInCohort(state: State, turn: Turn, question: Question): number {
  return countIn(state.hosts, question, inCohort(state, turn));
}

/** Of which stages the cohort's hosts are: cohorts are nested, so that it holds those of the stages before, and its own later share. */
function inCohort(state: State, { index, stage }: Turn): (stage: number) => boolean {
  const { stages } = state.given.plan;
  return (at) => at <= index || stages[at]?.cohort === stage.cohort;
}
