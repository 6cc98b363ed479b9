import type { Happened } from "../core/change-set.ts";
import type { Outcome } from "../core/error.ts";
import type { EndReason, Happening } from "../core/event.ts";
import type { Opened, Session } from "./session.ts";
import type { Looked } from "./set-part.ts";
import type { SetRun } from "./set-run.ts";

/** Says whose turn it is, before all else in the part's journal. */
export async function startPart(run: SetRun, index: number, direction: "forward" | "rollback"): Promise<Looked> {
  const { session, set, opened, parts } = run;
  const place = parts[index];
  if (place === undefined) throw new Error(`the set ${set} has no part ${index}`);
  await session.turn("leave");
  session.tell({
    type: "part.started",
    set,
    component: opened.component.name,
    index: index + 1,
    direction,
    parts: parts.map(({ part }) => part),
  });
  return place;
}

/** A part's session and fleet, of which the end is heard. */
export type Heard = {
  readonly session: Session;
  readonly opened: Opened;
  /** How its rollout ended; one that told no end is a mistake of ours. */
  readonly end: () => { readonly outcome: Outcome; readonly reason: EndReason; readonly said: string };
  readonly happened: (type: "forward" | "back", run: SetRun, index: number) => Happened;
};

export function hearing(session: Session, opened: Opened): Heard {
  let end: Extract<Happening, { readonly type: "rollout.ended" }> | undefined;
  let rollout: string | undefined;
  const tell = (happening: Happening) => {
    if (happening.type === "rollout.ended") end = happening;
    session.tell(happening);
  };
  const enter = (id: string, folder: string) => {
    rollout = id;
    session.enter(id, folder);
  };
  const told: Heard["end"] = () => {
    if (end === undefined) throw new Error(`the rollout of ${opened.component.name} told no end`);
    const { outcome, reason, component, summary } = end;
    return { outcome, reason, said: `${component}: ${summary}` };
  };
  return {
    session: { ...session, tell, enter },
    opened: { ...opened, world: { ...opened.world, tell } },
    end: told,
    happened: (type, run, index) => {
      if (rollout !== undefined) run.rollouts.set(index, rollout);
      return { type, part: index, ...told() };
    },
  };
}
