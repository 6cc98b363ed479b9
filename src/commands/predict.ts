import { type Forecast, forecast, type Measured } from "../core/forecast.ts";
import { isNothing, type Plan } from "../core/plan.ts";
import { measureFleet, readingsFor } from "../engine/preflight.ts";
import type { Request } from "./request.ts";
import type { Opened } from "./session.ts";

/** ms between two looks at the fleet, and how many there are: at most `most`, or `patient` for counts that come seldom. */
const looks = { every: 1_000, most: 6, patient: 20 };

/** What the plan's gates will see, from some readings of the fleet as it is. Changes nothing, and the plan does not depend on it. */
export async function predict(opened: Opened, request: Request, plan: Plan): Promise<Forecast | undefined> {
  const { component, targets, world } = opened;
  if (component.assertions.length === 0 || plan.direction === "rollback" || isNothing(plan)) return undefined;
  if (request.offline) return { type: "none", why: "nothing was measured (--offline)" };
  if (request.now) return { type: "none", why: "without bakes (--now) no gate is waited for" };
  const usual = readingsFor(component, looks.most);
  const measured = await measureFleet(world, targets, {
    every: looks.every,
    isEnough: (now, readings) => readings >= (isWaiting(now) ? looks.patient : usual),
  });
  return forecast(component, plan, measured);
}

/** Is there a counter that was read once? Its source may have a new number every quarter of a minute only. */
function isWaiting({ evidence }: Measured): boolean {
  return [...evidence.values()].some((hosts) =>
    [...hosts.values()].some(({ readings }) => readings.length === 1 && readings[0]?.reading.type === "counters"),
  );
}
