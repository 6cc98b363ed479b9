import { readFile } from "node:fs/promises";
import { ShipError } from "../core/error.ts";
import type { HostPlan, Plan } from "../core/plan.ts";
import { allowed, carryOut } from "./deploy.ts";
import type { Invocation } from "./index.ts";
import type { PlanFile } from "./plan.ts";
import { prepare } from "./prepare.ts";
import { inSession, openFleet } from "./session.ts";

/** Runs exactly the plan of a file: what was resolved and observed then has to be so now. */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const file = await read(invocation.arguments[0] ?? "");
    const named = { ...invocation, options: { ...invocation.options, component: file.component } };
    const opened = await openFleet({ ...session, invocation: named }, "all");
    try {
      const prepared = await prepare(session, opened, file.request);
      refuseOtherBytes(file.plan, prepared.release.name);
      refuseMoved(file.plan, allowed(prepared));
      return await carryOut(session, opened, { request: file.request, prepared, plan: file.plan });
    } finally {
      await opened.close();
    }
  });
}

async function read(path: string): Promise<PlanFile> {
  const hint = "Make one with: ship plan --component NAME --version VERSION --out FILE";
  const raw = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new ShipError("usage", `The plan ${path} cannot be read.`, { hint, cause });
  });
  try {
    const value: unknown = JSON.parse(raw);
    if (isPlanFile(value)) return value;
  } catch (cause) {
    throw new ShipError("usage", `${path} is not a plan of ship's.`, { hint, cause });
  }
  throw new ShipError("usage", `${path} is not a plan of ship's, or of another version of it.`, { hint });
}

function isPlanFile(value: unknown): value is PlanFile {
  return (
    typeof value === "object" &&
    value !== null &&
    "ship" in value &&
    value.ship === 1 &&
    "plan" in value &&
    "request" in value &&
    "component" in value
  );
}

function refuseOtherBytes(plan: Plan, release: string): void {
  if (plan.release === release) return;
  throw new ShipError(
    "refused",
    `${plan.version} is not what it was when the plan was made: ${plan.release} then, ${release} now.`,
    {
      hint: "Its bytes or its settings changed. Make a new plan, and look at it.",
    },
  );
}

function refuseMoved(then: Plan, now: Plan): void {
  const hosts = new Map(hostsIn(now).map((host) => [host.host, host]));
  const moved = hostsIn(then).filter((host) => !same(host, hosts.get(host.host)));
  const fresh = hosts.size - hostsIn(then).length;
  if (moved.length === 0 && fresh === 0) return;
  const details = moved.map(
    (host) => `${host.host}: was on ${host.from || "nothing"}, is on ${hosts.get(host.host)?.from || "nothing"}`,
  );
  throw new ShipError(
    "refused",
    `The fleet has moved since the plan was made: ${moved.length + Math.max(0, fresh)} hosts differ.`,
    {
      details,
      hint: "Make a new plan, and look at it.",
    },
  );
}

function hostsIn(plan: Plan): readonly HostPlan[] {
  return plan.stages.flatMap((stage) => stage.hosts);
}

function same(then: HostPlan, now: HostPlan | undefined): boolean {
  return (
    now !== undefined &&
    then.expect === now.expect &&
    then.from === now.from &&
    then.action === now.action &&
    then.back === now.back
  );
}
