import { exits, type Outcome, ShipError } from "../core/error.ts";
import { endPart } from "../core/set-end.ts";
import { openedFor } from "./besides.ts";
import { byHere } from "./identity.ts";
import { knownBack } from "./rollback.ts";
import { type Opened, type Session, text } from "./session.ts";
import { hearing } from "./set-hear.ts";
import type { PartBack, SetBack } from "./set-rollback.ts";

/** Takes a whole set back, newest part first. What one part meets keeps none of the others from going back. */
export async function undoSet(session: Session, opened: Opened, { set, parts }: SetBack): Promise<number> {
  const startedAt = opened.world.clock.now();
  const ended: Ended[] = [];
  for (const one of parts) {
    await session.turn("leave");
    session.tell({
      type: "part.started",
      set,
      component: opened.component.name,
      index: parts.length - ended.length,
      direction: "rollback",
      parts: parts.map(({ part }) => part).reverse(),
    });
    ended.push(await undo(session, opened, { one, set }));
    const last = ended.at(-1)?.outcome;
    if (last === "locked" || last === "interrupted") break;
  }
  const outcome = outcomeOf(ended);
  session.tell({
    type: "set.ended",
    set,
    component: opened.component.name,
    outcome,
    exit: exits[outcome],
    summary: outcome === "done" ? "Every part of the set is back." : ended.map(({ said }) => said).join(" "),
    hint: outcome === "done" ? undefined : `When that is mended: ship rollback -c ${opened.component.name}`,
    parts: parts.map(({ part }, index) => endPart(part, { ...standingOf(ended[index]), rollout: undefined, outcome })),
    took: opened.world.clock.now() - startedAt,
    by: byHere(),
    why: text(session.invocation.options["reason"]),
  });
  return exits[outcome];
}

type Ended = { readonly outcome: Outcome; readonly said: string };

function standingOf(ended: Ended | undefined) {
  if (ended === undefined) return { standing: "proven" } as const;
  return { standing: ended.outcome === "done" ? "back" : "astray" } as const;
}

/** Somebody else has it, or a person stopped it: the rest was not tried. Else every error was collected. */
function outcomeOf(ended: readonly Ended[]): Outcome {
  const last = ended.at(-1)?.outcome;
  if (last === "locked" || last === "interrupted") return last;
  return ended.every(({ outcome }) => outcome === "done") ? "done" : "stuck";
}

type Undone = { readonly one: PartBack; readonly set: string };

async function undo(session: Session, opened: Opened, { one, set }: Undone): Promise<Ended> {
  const { component } = one;
  const heard = hearing(session, openedFor(opened, component));
  try {
    await knownBack(heard.session, heard.opened, { asked: "rollback", set });
  } catch (error) {
    if (!(error instanceof ShipError)) throw error;
    return { outcome: error.code, said: `${component.name}: ${[error.message, ...error.details].join(" ")}` };
  }
  return heard.end();
}
