import { writeFile } from "node:fs/promises";
import { exits } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import { planText } from "../report/plan.ts";
import { allowed } from "./deploy.ts";
import type { Invocation } from "./index.ts";
import { prepare } from "./prepare.ts";
import { type Request, requestOf } from "./request.ts";
import { inSession, type Opened, openFleet, type Session, text } from "./session.ts";

/** What `ship apply` needs to run exactly this. */
type PlanFile = { readonly ship: 1; readonly component: string; readonly request: Request; readonly plan: Plan };

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const opened = await openFleet(session, "all");
    try {
      return await showPlan(session, opened, await requestOf(invocation, opened.component));
    } finally {
      await opened.close();
    }
  });
}

/** Makes the plan that a rollout would carry out, and shows it. */
export async function showPlan(session: Session, opened: Opened, request: Request): Promise<number> {
  const quiet: Session = { ...session, tell: () => undefined };
  const plan = allowed(await prepare(quiet, opened, request));
  session.tell({ type: "plan.made", plan });
  if (session.view !== "json") session.output.write(planText(plan, { color: session.output.color, dry: true }));
  const out = text(session.invocation.options["out"]);
  if (out !== undefined) await keep(session, out, { ship: 1, component: opened.component.name, request, plan });
  return exits.done;
}

async function keep(session: Session, file: string, content: PlanFile): Promise<void> {
  await writeFile(file, `${JSON.stringify(content, undefined, 1)}\n`, { mode: 0o600 });
  if (session.view !== "json") session.output.write(`Kept in ${file}. To run exactly this: ship apply ${file}\n`);
}
