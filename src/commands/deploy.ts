import { ShipError } from "../core/error.ts";
import { isNothing, type Plan } from "../core/plan.ts";
import { failText } from "../core/rollout/measuring.ts";
import { sickNow } from "../core/sick.ts";
import { measureFleet, readingsFor } from "../engine/preflight.ts";
import { allowed } from "./allowed.ts";
import { confirmOverrides } from "./confirm.ts";
import type { Invocation } from "./index.ts";
import { showPlan } from "./plan.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { overridesOf, type Request, requestOf } from "./request.ts";
import { givenOf, roll, tellNothing } from "./roll.ts";
import { inSession, type Opened, type Session, withFleet } from "./session.ts";
import { typedText } from "./typed.ts";

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    if (invocation.options["file"] !== undefined) return (await import("./set.ts")).deploySet(session);
    return withFleet(session, "all", async (opened) => {
      const request = await requestOf(invocation, opened.component);
      return deploy(session, opened, request, { mode: "attend", overrides: overridesOf(request) });
    });
  });
}

/** `take`: nobody is waited for; what runs is taken over. `overrides`: those that somebody typed. */
type How = { readonly mode: "attend" | "take"; readonly overrides: readonly string[] };

export async function deploy(session: Session, opened: Opened, request: Request, how: How): Promise<number> {
  if (session.invocation.options["dryRun"] === true || request.offline) return showPlan(session, opened, request);
  const prepared = await prepare(session, opened, request, how.mode);
  return carryOut(session, opened, { request, prepared, plan: allowed(prepared), overrides: how.overrides });
}

type Work = {
  readonly request: Request;
  readonly prepared: Prepared;
  readonly plan: Plan;
  /** Asked for on a terminal before anything is done, and told in every report. */
  readonly overrides: readonly string[];
  /** The id of the rollout, where it is a part of a set; nothing is asked of a person then. */
  readonly part?: string;
};

/** Carries a plan out, whoever made it. */
export async function carryOut(session: Session, opened: Opened, work: Work): Promise<number> {
  const { request, prepared, plan, overrides } = work;
  const { component } = opened;
  const { cargo, seen } = prepared;
  if (isNothing(plan)) {
    const summary = `${plan.version} is proven already on ${hostsText(plan)}; nothing was changed.`;
    return tellNothing(session, plan, request.why, { summary });
  }
  if (work.part === undefined) await confirmOverrides(session, overrides);
  const hasService = component.metrics.length > 0 || runsSomewhere(seen);
  if (plan.direction === "forward" && plan.continues === undefined && hasService) await refuseSick(opened, request);
  const { why, timeout, now, onFailure = component.onFailure } = request;
  const approvalWait = request.wait ?? (session.view === "tty" ? Number.POSITIVE_INFINITY : 0);
  const typed = typedText(request);
  const id = work.part === undefined ? {} : { id: work.part };
  const policy = { asked: "release", why, onFailure, timeout, now, approvalWait, typed, ...id } as const;
  const given = givenOf(component, plan, cargo, seen, policy);
  return roll(session, opened, given, overrides);
}

/** Those that the plan is about: --to and the filters may have left hosts out. */
function hostsText({ stages }: Plan): string {
  const count = stages.reduce((sum, stage) => sum + stage.hosts.length, 0);
  const last = stages.findLast((stage) => stage.hosts.length > 0)?.name ?? "";
  return count === 1 ? `the one host up to ${last}` : `all ${count} hosts up to ${last}`;
}

/** Where nothing is live on any host, there is no process to be found sick. */
function runsSomewhere(seen: Prepared["seen"]): boolean {
  return [...seen.values()].some((one) => one.type === "observed" && one.observation.link !== "");
}

/** ms between two looks; and as many readings as a verdict needs, at most. */
const looks = { every: 700, most: 8 };

/** A sick service is found before it is blamed on the change. */
async function refuseSick({ component, targets, world }: Opened, request: Request): Promise<void> {
  if (request.fixForward) return;
  const enough = readingsFor(component, looks.most);
  const measured = await measureFleet(world, targets, {
    every: looks.every,
    isEnough: (_, readings) => readings >= enough,
  });
  const sick = sickNow(component, measured.judgements);
  if (sick.length === 0) return;
  throw new ShipError("refused", `${component.name} fails its own assertions before anything is changed.`, {
    details: sick.map(failText),
    hint: "Mend it first, or ship the version that mends it: --fix-forward --reason TEXT.",
  });
}
