import { exits, ShipError } from "../core/error.ts";
import { type Judgement, verdictOf } from "../core/judge.ts";
import { type Measuring, measureFleet } from "../engine/preflight.ts";
import { checkText } from "../report/check.ts";
import { foldedFor } from "../report/fold.ts";
import { exportRules } from "./check-export.ts";
import { checkPast } from "./check-past.ts";
import { watchFleet } from "./check-watch.ts";
import type { Invocation } from "./index.ts";
import { milliseconds } from "./request.ts";
import { inSession, type Opened, openFleet, type Session, text } from "./session.ts";

/** As many readings as a verdict asks for by default, with one to spare for counters, which need two to say anything. */
const looks: Measuring = { every: 1_000, isEnough: (_, readings) => readings >= 5 };

/** Measures every assertion on all hosts now: 0 all hold, 9 one fails, 8 not enough evidence to say. */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const format = text(invocation.options["export"]);
    if (format !== undefined) return exportRules(session, format);
    const since = await milliseconds(text(invocation.options["since"]));
    if (since !== undefined) return checkPast(session, since);
    const opened = await openFleet(session, "all");
    try {
      if (opened.component.assertions.length === 0)
        throw new ShipError("usage", `${opened.component.name} has no assertions to check.`);
      const isWatched = invocation.options["watch"] === true;
      const judgements = isWatched ? await watchFleet(session, opened) : await checkOnce(session, opened);
      const verdict = verdictOf(judgements);
      return verdict === "pass" ? exits.done : verdict === "fail" ? exits.failing : exits.held;
    } finally {
      await opened.close();
    }
  });
}

async function checkOnce(session: Session, { world, targets }: Opened): Promise<readonly Judgement[]> {
  const { judgements } = await measureFleet(world, targets, looks);
  const { output } = session;
  if (session.view === "json")
    for (const judgement of judgements) session.tell({ type: "assertion.judged", stage: undefined, judgement });
  else output.write(foldedFor(output, checkText(session.clean(judgements), output.color)));
  return judgements;
}
