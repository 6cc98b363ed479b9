import { exits } from "../core/error.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { statusText } from "../report/status.ts";
import type { Invocation } from "./index.ts";
import { observedOf } from "./prepare.ts";
import { inSession, type Opened, type Session, withFleet } from "./session.ts";

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, (session) =>
    withFleet(session, "recovery", async (opened) => {
      await showStatus(session, opened);
      return exits.done;
    }),
  );
}

/** What every host runs, or has of a flag or a rate, as events or as a table. */
export async function showStatus(session: Session, { world, targets, config }: Opened): Promise<void> {
  const happenings = observedOf(targets, await glanceAtFleet(world, targets));
  if (session.view === "json") for (const happening of happenings) session.tell(happening);
  else {
    const cohorts = config.fleet.cohorts.map((cohort) => cohort.name);
    session.output.write(statusText(session.clean(happenings), { color: session.output.color, cohorts }));
  }
}
