import { exits } from "../core/error.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { statusText } from "../report/status.ts";
import type { Invocation } from "./index.ts";
import { observedOf } from "./prepare.ts";
import { inSession, openFleet } from "./session.ts";

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const opened = await openFleet(session, "recovery");
    try {
      const seen = await glanceAtFleet(opened.world, opened.targets);
      const happenings = observedOf(opened.targets, seen);
      if (session.view === "json") for (const happening of happenings) session.tell(happening);
      else
        session.output.write(
          statusText(session.clean(happenings), {
            color: session.output.color,
            cohorts: opened.config.fleet.cohorts.map((cohort) => cohort.name),
          }),
        );
      return exits.done;
    } finally {
      await opened.close();
    }
  });
}
