import { exits } from "../core/error.ts";
import { jsonText } from "../core/escape.ts";
import { foldedFor } from "../report/fold.ts";
import { whySetText } from "../report/set.ts";
import { whyText } from "../report/why.ts";
import type { Invocation } from "./index.ts";
import { inSession } from "./session.ts";
import { partsOf } from "./set-history.ts";

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const parts = await partsOf(session, invocation.arguments[0]);
    const { output } = session;
    if (session.view === "json") for (const event of parts.flat()) output.write(`${jsonText(session.clean(event))}\n`);
    else {
      const pages = parts.map((events) => whyText(events, output.color));
      output.write(foldedFor(output, `${whySetText(parts.flat(), output.color)}${pages.join("\n")}`));
    }
    return exits.done;
  });
}
