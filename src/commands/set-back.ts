import type { Happened } from "../core/change-set.ts";
import { isNothing } from "../core/plan.ts";
import { lastRollout, planBack } from "../core/plan-back.ts";
import { observeFleet } from "../engine/observe.ts";
import { observedOf } from "./prepare.ts";
import { givenOf, noCargo, roll } from "./roll.ts";
import { hearing, startPart } from "./set-hear.ts";
import type { SetRun } from "./set-run.ts";

/** Puts a part back that the set has brought, on the hosts that it changed: to what was proven there before, or to nothing. */
export async function backward(run: SetRun, index: number): Promise<Happened> {
  const { part, opened: own } = await startPart(run, index, "rollback");
  const { session, opened, happened } = hearing(run.session, own);
  const { fleet, component, targets, world } = opened;
  const seen = await observeFleet(world, targets);
  for (const happening of observedOf(targets, seen)) session.tell(happening);
  const done = { type: "back", part: index, outcome: "done", reason: undefined } as const;
  const rollout = lastRollout(seen);
  if (rollout !== run.rollouts.get(index))
    return { ...done, said: `${part.change} was changed by somebody else since, and is left as it is.` };
  const plan = planBack({
    component,
    fleet,
    seen,
    toVersion: undefined,
    selected: undefined,
    exact: true,
  });
  if (isNothing(plan)) return { ...done, said: `${part.change} is back already.` };
  const why = `the change set ${run.set} is put back`;
  const policy = { asked: "rollback", why, onFailure: "rollback", timeout: undefined, now: false } as const;
  await roll(session, opened, givenOf(component, plan, noCargo(component), seen, policy), []);
  return happened("back", run, index);
}
