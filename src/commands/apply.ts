import { readFile } from "node:fs/promises";
import * as z from "zod";
import { ShipError } from "../core/error.ts";
import type { HostPlan, Plan } from "../core/plan.ts";
import { allowed } from "./allowed.ts";
import { carryOut } from "./deploy.ts";
import type { Invocation } from "./index.ts";
import { prepare } from "./prepare.ts";
import { checked, overridesOf } from "./request.ts";
import { inSession, openFleet } from "./session.ts";

const texts = z.array(z.string());

/** As much of a plan as has to be so still when it is applied; the rest is made anew, and has to be the same. */
const PlanFile = z.object({
  ship: z.literal(1),
  component: z.string(),
  request: z.object({
    version: z.string(),
    to: z.string().optional(),
    only: texts,
    skip: texts,
    why: z.string().optional(),
    onFailure: z.enum(["rollback", "hold"]).optional(),
    timeout: z.number().positive().optional(),
    wait: z.number().positive().optional(),
    now: z.boolean(),
    adopt: z.boolean(),
    retryBad: z.boolean(),
    fixForward: z.boolean(),
    /** A plan that was made without looking at the hosts cannot be held against them. */
    offline: z.literal(false),
  }),
  plan: z.looseObject({
    version: z.string(),
    release: z.string(),
    stages: z.array(z.looseObject({ hosts: z.array(z.looseObject({ host: z.string(), from: z.string() })) })),
  }),
});
type PlanFile = z.infer<typeof PlanFile>;

/** Runs exactly the plan of a file: what was resolved, configured and observed then has to be so now. */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const file = await read(invocation.arguments[0] ?? "");
    const named = { ...invocation, options: { ...invocation.options, component: file.component } };
    const opened = await openFleet({ ...session, invocation: named }, "all");
    try {
      const request = checked(requestIn(file), opened.component);
      const prepared = await prepare(session, opened, request, "attend");
      const plan = allowed(prepared);
      const kept = session.clean(plan);
      refuseOtherBytes(file.plan, kept);
      refuseMoved(file.plan, kept);
      return await carryOut(session, opened, { request, prepared, plan, overrides: overridesOf(request) });
    } finally {
      await opened.close();
    }
  });
}

function requestIn({ request }: PlanFile) {
  const { to, why, onFailure, timeout, wait, ...rest } = request;
  return { ...rest, to, why, onFailure, timeout, wait };
}

async function read(path: string): Promise<PlanFile> {
  const hint = "Make one with: ship plan --component NAME --version VERSION --out FILE";
  const raw = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new ShipError("usage", `The plan ${path} cannot be read.`, { hint, cause });
  });
  const parsed = PlanFile.safeParse(json(raw));
  if (parsed.success) return parsed.data;
  throw new ShipError("usage", `${path} is not a plan of this version of ship.`, { hint });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseOtherBytes(then: PlanFile["plan"], now: Plan): void {
  if (then.release === now.release) return;
  throw new ShipError(
    "refused",
    `${then.version} is not what it was when the plan was made: ${then.release} then, ${now.release} now.`,
    { hint: "Its bytes or its settings changed. Make a new plan, and look at it." },
  );
}

function refuseMoved(then: PlanFile["plan"], now: Plan): void {
  if (comparable(then) === comparable(now)) return;
  const before = new Map(then.stages.flatMap((stage) => stage.hosts).map((host) => [host.host, host]));
  const moved = now.stages.flatMap((stage) => stage.hosts).filter((host) => differs(before.get(host.host), host));
  const what = moved.length === 0 ? "Stages or gates" : `${moved.length} host${moved.length === 1 ? "" : "s"}`;
  throw new ShipError("refused", `The fleet has moved since the plan was made: ${what} differ from it.`, {
    details: moved.map((host) => movedText(before.get(host.host)?.from || "nothing", host)),
    hint: "Make a new plan, and look at it.",
  });
}

function movedText(was: string, { host, from }: HostPlan): string {
  const is = from || "nothing";
  return was === is ? `${host}: is on ${is} still, and was changed in between` : `${host}: was on ${was}, is on ${is}`;
}

/** Health comes and goes, and who is healthy changes only the order. Keys are sorted: a schema gives them back in its own order. */
function comparable(plan: unknown): string {
  return JSON.stringify(plan, (key, value: unknown) => (key === "healthy" ? undefined : sorted(value)));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function differs(then: unknown, now: HostPlan): boolean {
  return then === undefined || comparable(then) !== comparable(now);
}
