import { exits, ShipError } from "../core/error.ts";
import { setOf } from "../core/part-id.ts";
import { isNothing } from "../core/plan.ts";
import { lastRollout, planBack } from "../core/plan-back.ts";
import { observeFleet } from "../engine/observe.ts";
import type { Invocation } from "./index.ts";
import { observedOf } from "./prepare.ts";
import { patterns, selectedHosts } from "./request.ts";
import { givenOf, noCargo, roll, tellNothing } from "./roll.ts";
import { inSession, type Opened, type Session, text, withFleet } from "./session.ts";
import { setBack } from "./set-rollback.ts";

/** Needs SSH and the hosts' own disks, and nothing else: no lock, no freeze, no metrics, no mark stops it. */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, (session) =>
    withFleet(session, "recovery", async (opened) => {
      const set = invocation.options["toVersion"] === undefined ? await setBack(opened) : undefined;
      return set === undefined
        ? rollBack(session, opened)
        : sure(opened, await (await import("./set-undo.ts")).undoSet(session, opened, set));
    }),
  );
}

function hintOf({ name, tree }: Opened["component"]): string {
  const other = `To go to a version that was proven before: ship rollback -c ${name} --to-version VERSION`;
  const [kind, own] = name.split(":");
  if (tree === undefined) return other;
  return kind === "flag"
    ? `To take it from everybody: ship flag off ${own}`
    : `To set another: ship rate set ${own} NUMBER`;
}

/** An abort of a rollout that nobody runs is a rollback that ends as an abort does. */
export async function rollBack(
  session: Session,
  opened: Opened,
  asked: "rollback" | "abort" = "rollback",
): Promise<number> {
  return sure(opened, await knownBack(session, opened, { asked }));
}

/** What was brought back is all that there is, as far as the hosts are known. */
function sure(opened: Opened, exit: number): number {
  const isBack = exit === exits.done || exit === exits["rolled-back"];
  if (isBack && opened.doubtful.length > 0) throw doubt(opened.doubtful);
  return exit;
}

/** What is not known cannot be said to be back. */
function doubt(cohorts: readonly string[]): ShipError {
  return new ShipError("stuck", `Hosts of ${cohorts.join(", ")} may still be where they were: they are not known.`, {
    hint: "Mend the inventory, or write the hosts into the cohort's file, then run the same command again.",
  });
}

/** `set`: only what this change set brought is taken back, of a flag or a rate also where nothing was before it. */
type How = { readonly asked: "rollback" | "abort"; readonly set?: string };

/** Brings the hosts back that are known. */
export async function knownBack(session: Session, opened: Opened, { asked, set }: How): Promise<number> {
  const { fleet, component, targets, world } = opened;
  const { options } = session.invocation;
  const filters = { only: patterns(options["onlyHosts"]), skip: patterns(options["skipHosts"]) };
  const selected = await selectedHosts(opened, filters);
  const seen = await observeFleet(world, targets);
  for (const happening of observedOf(targets, seen)) session.tell(happening);
  const toVersion = text(options["toVersion"]);
  const exact = set !== undefined && component.tree !== undefined;
  const plan = planBack({ component, fleet, seen, toVersion, selected, exact });
  const isOthers = set !== undefined && setOf(plan.continues ?? lastRollout(seen)) !== set;
  const why = text(options["reason"]);
  if (isNothing(plan) || isOthers) {
    const summary = `Every host of ${component.name} is where a rollback would bring it; nothing was changed.`;
    const hint = hintOf(component);
    return tellNothing(session, plan, why, { summary, hint });
  }
  const policy = { asked, why, onFailure: "rollback", timeout: undefined, now: false } as const;
  return roll(session, opened, givenOf(component, plan, noCargo(component), seen, policy), []);
}
