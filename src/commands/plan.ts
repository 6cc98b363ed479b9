import { open } from "node:fs/promises";
import { deliveryOf } from "../core/delivery.ts";
import { exits, ShipError } from "../core/error.ts";
import { jsonText } from "../core/escape.ts";
import type { Plan } from "../core/plan.ts";
import { foldedFor } from "../report/fold.ts";
import { planText } from "../report/plan.ts";
import { allowed } from "./allowed.ts";
import type { Invocation } from "./index.ts";
import { predict } from "./predict.ts";
import { prepare } from "./prepare.ts";
import { type Request, requestOf } from "./request.ts";
import { inSession, type Opened, type Session, text, withFleet } from "./session.ts";

/** What `ship apply` needs to run exactly this. */
type PlanFile = { readonly ship: 1; readonly component: string; readonly request: Request; readonly plan: Plan };

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    if (invocation.options["file"] !== undefined) return (await import("./set.ts")).planSet(session);
    return withFleet(session, "all", async (opened) =>
      showPlan(session, opened, await requestOf(invocation, opened.component)),
    );
  });
}

/** Makes the plan that a rollout would carry out, and shows it. */
export async function showPlan(session: Session, opened: Opened, request: Request): Promise<number> {
  const out = text(session.invocation.options["out"]);
  if (out !== undefined && request.offline)
    throw new ShipError("usage", "A plan made --offline cannot be kept: it does not say what runs now.", {
      hint: "Leave out --offline, or --out.",
    });
  const { color } = session.output;
  const quiet: Session = { ...session, tell: () => undefined };
  const prepared = await prepare(quiet, opened, request);
  const made = allowed(prepared);
  const plan = request.offline ? unknownFrom(made) : made;
  const forecast = await predict(opened, request, made);
  const delivery = deliveryOf(made, { component: opened.component, ...prepared });
  const more = { ...(forecast === undefined ? {} : { forecast }), ...(delivery === undefined ? {} : { delivery }) };
  session.tell({ type: "plan.made", plan, ...more });
  if (session.view !== "json")
    session.output.write(
      foldedFor(session.output, planText(session.clean(plan), { color, dry: true, forecast, delivery })),
    );
  if (out !== undefined) await keep(session, out, { ship: 1, component: opened.component.name, request, plan });
  return exits.done;
}

/** Nobody was asked what runs now: it is not known, which is something else than nothing. */
function unknownFrom(plan: Plan): Plan {
  const stages = plan.stages.map((stage) => ({
    ...stage,
    hosts: stage.hosts.map((host) => ({ ...host, from: "?", back: "?" })),
  }));
  return { ...plan, stages };
}

async function keep(session: Session, file: string, content: PlanFile): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    // One that was there keeps its mode otherwise.
    await handle.chmod(0o600);
    await handle.writeFile(`${jsonText(session.clean(content), 1)}\n`);
  } finally {
    await handle.close();
  }
  if (session.view !== "json") session.output.write(`Kept in ${file}. To run exactly this: ship apply ${file}\n`);
}
