import type { StagePlan } from "../plan.ts";
import { hold } from "./fail.ts";
import { countOfStage } from "./hosts.ts";
import { isUnchanged } from "./progress.ts";
import { announce, type Phase, type Reduced, type State, stay } from "./state.ts";

type Changing = Extract<Phase, { readonly name: "changing" }>;

/** Has the stage hosts to change, and has nobody approved it yet, in this run or to one before it? */
export function isUnapproved(state: State, { index, stage }: Changing): boolean {
  if (stage.approve !== true || state.steered.approved.includes(beginningOf(stage))) return false;
  return countOfStage(state, index, isUnchanged) > 0;
}

/** What an approval is for: that a stage may begin, which does not let it pass without a verdict later. */
function beginningOf({ name }: StagePlan): string {
  return `${name} (to begin)`;
}

/** It was approved, or asked for nothing: from now on an approval is for its gate. */
export function approved(state: State, { stage }: Changing): State {
  return { ...state, beating: { ...state.beating, entered: stage.name } };
}

/** The stage does not begin; what is changed already is measured and judged on. Without an approval in time it is held. */
export function awaitApproval(state: State, phase: Changing): Reduced {
  const { index, stage, askedAt } = phase;
  const { approvalWait = 0 } = state.given.options;
  if (askedAt === undefined) {
    const said = announce({ type: "approval.awaited", stage: stage.name, index, within: finite(approvalWait) });
    const beating = { ...state.beating, entered: beginningOf(stage) };
    return { state: { ...state, beating, phase: { ...phase, askedAt: state.now } }, effects: [said] };
  }
  if (state.now < askedAt + approvalWait || !isTold(state, phase, askedAt)) return stay(state);
  const line = `ship approve -c ${state.given.component.name} --reason TEXT`;
  return hold(state, phase, "not-approved", `it begins when somebody approves it: ${line}`);
}

/** How long the witnesses are waited for, ms. */
const patienceMs = 10_000;

/** An approval names the stage that the witnesses heard of last: it has to be this one, also when nobody runs any more. */
function isTold({ now, beating }: State, { stage }: Changing, askedAt: number): boolean {
  const heard = beating.stage === beginningOf(stage) && beating.pending.size === 0;
  return heard || now >= askedAt + patienceMs;
}

/** JSON has no infinity. */
function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}
