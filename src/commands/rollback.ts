import { exits } from "../core/error.ts";
import { isNothing } from "../core/plan.ts";
import { planBack } from "../core/plan-back.ts";
import { observeFleet } from "../engine/observe.ts";
import { run as runEngine } from "../engine/run.ts";
import { byHere } from "./identity.ts";
import type { Invocation } from "./index.ts";
import { observedOf } from "./prepare.ts";
import { patterns, selectedHosts } from "./request.ts";
import { givenOf, noCargo } from "./roll.ts";
import { inSession, type Opened, openFleet, type Session, text } from "./session.ts";

/** Needs SSH and the hosts' own disks, and nothing else: no lock, no freeze, no metrics, no mark stops it. */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const opened = await openFleet(session, "recovery");
    try {
      return await rollBack(session, opened);
    } finally {
      await opened.close();
    }
  });
}

async function rollBack(session: Session, { config, component, targets, world, journals }: Opened): Promise<number> {
  const { options } = session.invocation;
  const filters = { only: patterns(options["onlyHosts"]), skip: patterns(options["skipHosts"]) };
  const selected = await selectedHosts(config, component, filters);
  const seen = await observeFleet(world, targets);
  for (const happening of observedOf(targets, seen)) session.tell(happening);
  const plan = planBack({ component, fleet: config.fleet, seen, toVersion: text(options["toVersion"]), selected });
  const why = text(options["reason"]);
  if (isNothing(plan)) {
    session.tell({
      type: "rollout.ended",
      component: component.name,
      version: plan.version,
      outcome: "done",
      exit: exits.done,
      reason: "nothing-to-do",
      summary: `Every host of ${component.name} runs what was proven on it, and there is nothing proven to go back to; nothing was changed.`,
      hint: `To go to a version that was proven before: ship rollback -c ${component.name} --to-version VERSION`,
      hosts: [],
      judgements: [],
      took: 0,
      by: byHere(),
      why,
    });
    return exits.done;
  }
  const given = givenOf(component, plan, noCargo(component), seen, {
    asked: "rollback",
    why,
    onFailure: "rollback",
    timeout: undefined,
    now: false,
  });
  session.enter(given.options.rollout, journals);
  session.tell({
    type: "rollout.started",
    component: component.name,
    version: plan.version,
    release: "",
    direction: "rollback",
    by: given.options.by,
    from: process.cwd(),
    why,
    overrides: [],
    continued: plan.continues !== undefined,
  });
  session.tell({ type: "plan.made", plan });
  const ended = await runEngine(world, targets, given);
  return ended.exit;
}
