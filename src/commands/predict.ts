import type { Forecast, Measured } from "../core/forecast.ts";
import { isNothing, type Plan } from "../core/plan.ts";
import type { Request } from "./request.ts";
import type { Opened } from "./session.ts";

/** ms between two looks at the fleet, and how many there are: at most `most`, or `patient` for counts that come seldom. */
const looks = { every: 1_000, most: 6, patient: 20 };

/** What the plan's gates will see, from some readings of the fleet as it is. Changes nothing, and the plan does not depend on it. */
export async function predict(opened: Opened, request: Request, plan: Plan): Promise<Forecast | undefined> {
  const { component } = opened;
  if (component.assertions.length === 0 || plan.direction === "rollback" || isNothing(plan)) return undefined;
  if (request.offline) return { type: "none", why: "nothing was measured (--offline)" };
  if (request.now) return { type: "none", why: "without bakes (--now) no gate is waited for" };
  return measured(opened, plan);
}

/** Loaded when it is wanted: a plan without a forecast begins sooner. */
async function measured({ component, targets, world }: Opened, plan: Plan): Promise<Forecast> {
  const { forecast } = await import("../core/forecast.ts");
  const { measureFleet, readingsFor } = await import("../engine/preflight.ts");
  const usual = readingsFor(component, looks.most);
  const readings = await measureFleet(world, targets, {
    every: looks.every,
    isEnough: (now, count) => count >= (isWaiting(now) ? looks.patient : usual),
  });
  return forecast(component, plan, readings);
}

/** Is there a counter that was read once? Its source may have a new number every quarter of a minute only. */
function isWaiting({ evidence }: Measured): boolean {
  return [...evidence.values()].some((hosts) =>
    [...hosts.values()].some(({ readings }) => readings.length === 1 && readings[0]?.reading.type === "counters"),
  );
}
