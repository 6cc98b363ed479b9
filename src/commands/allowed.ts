import { ShipError } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import type { Prepared } from "./prepare.ts";

/** The plan, or the refusal that stands in its way. */
export function allowed({ planned }: Prepared): Plan {
  if (planned.type === "plan") return planned.plan;
  const { outcome, complaints, hint } = planned;
  const more = complaints.length > 1 ? ` (and ${complaints.length - 1} more)` : "";
  throw new ShipError(outcome, `Nothing was changed: ${complaints[0]}${more}.`, { hint, details: complaints.slice(1) });
}
