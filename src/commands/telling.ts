import { join } from "node:path";
import type { Event, Happening } from "../core/event.ts";
import { type Journal, openJournal } from "../journal/write.ts";
import type { Output, Reporter } from "../report/reporter.ts";
import type { Secrets } from "./secret.ts";

/** Where what happens goes: to the view, and to the journal of the rollout that it belongs to. */
export type Telling = {
  readonly tell: (happening: Happening) => void;
  /** From here on events belong to this rollout, and go into its journal; those told before go first. */
  readonly enter: (rollout: string, folder: string) => void;
  /** Shows all that waits to be shown, and begins the view anew; `leave` ends the rollout's journal, too. */
  readonly turn: (journal: "leave" | "stay") => Promise<void>;
  readonly end: () => Promise<void>;
  readonly rolling: () => boolean;
};

type View = { readonly open: () => Promise<Reporter>; readonly output: Output; readonly secrets: Secrets };

export async function openTelling({ open, output, secrets }: View): Promise<Telling> {
  let reporter = await open();
  let seq = 0;
  let rollout: string | undefined;
  let journal: Journal | undefined;
  let early: Event[] = [];
  const leave = () => {
    journal?.close();
    journal = undefined;
    rollout = undefined;
  };
  return {
    tell: (happening) => {
      seq += 1;
      const stamped = {
        ...happening,
        time: new Date().toISOString(),
        seq,
        ...(rollout === undefined ? {} : { rollout }),
      };
      const event = secrets.clean(stamped);
      if (journal === undefined) early.push(event);
      else journal.write(event);
      // The flight recorder is for the journal: what it holds is told as metric.sampled, in every view, --json too.
      if (event.type !== "samples.read") reporter.report(event);
    },
    enter: (id, folder) => {
      rollout = id;
      const warn = (reason: string) =>
        output.warn(`The journal cannot be written (${reason}); the rollout goes on without it.\n`);
      journal = openJournal(join(folder, `${id}.ndjson`), warn);
      for (const event of early) journal.write({ ...event, rollout: id });
      early = [];
    },
    turn: async (how) => {
      if (how === "leave") leave();
      await reporter.close();
      reporter = await open();
    },
    end: async () => {
      journal?.close();
      await reporter.close();
    },
    rolling: () => rollout !== undefined,
  };
}
