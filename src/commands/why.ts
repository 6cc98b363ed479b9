import { exits } from "../core/error.ts";
import { jsonText } from "../core/escape.ts";
import { foldedFor } from "../report/fold.ts";
import { whyText } from "../report/why.ts";
import { eventsOf } from "./history.ts";
import type { Invocation } from "./index.ts";
import { inSession } from "./session.ts";

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const events = await eventsOf(session, invocation.arguments[0]);
    if (session.view === "json")
      for (const event of events) session.output.write(`${jsonText(session.clean(event))}\n`);
    else session.output.write(foldedFor(session.output, whyText(events, session.output.color)));
    return exits.done;
  });
}
