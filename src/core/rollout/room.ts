import { dueStep } from "./change.ts";
import { isInHand, isOut, type Progress } from "./progress.ts";
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
  const out = members.filter(isOut).length + stage.down;
  return hands < stage.width && (host.down || out < stage.width);
}

/** The hosts of the stage's cohort: cohorts are nested, so that it holds those of the stages before, and its own later share. */
function inCohort(state: State, { index, stage }: Turn): readonly Progress[] {
  const { stages } = state.given.plan;
  const mine = new Set(stages.flatMap(({ cohort }, at) => (at <= index || cohort === stage.cohort ? [at] : [])));
  return hostsOf(state).filter((host) => mine.has(host.stage));
}
