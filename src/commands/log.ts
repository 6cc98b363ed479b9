import { exits } from "../core/error.ts";
import { jsonText } from "../core/escape.ts";
import type { Event } from "../core/event.ts";
import { setOf } from "../core/part-id.ts";
import { grouped } from "../core/words.ts";
import { listJournals, readJournal } from "../journal/read.ts";
import { logText, type RolloutEntry, rolloutsText } from "../report/log.ts";
import { setEntry } from "../report/set-entry.ts";
import { journalFolder } from "./history.ts";
import type { Invocation } from "./index.ts";
import { inSession, type Session, text } from "./session.ts";
import { partsOf } from "./set-history.ts";

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const id = invocation.arguments[0];
    if (id === undefined) await showList(session);
    else show(session, inOrder((await partsOf(session, id)).flat()));
    return exits.done;
  });
}

function show(session: Session, events: readonly Event[]): void {
  for (const event of events)
    session.output.write(session.view === "json" ? `${jsonText(session.clean(event))}\n` : `${logText(event)}\n`);
}

/** How many rollouts a list shows; the rest stay in the journal. */
const listed = 50;

async function showList(session: Session): Promise<void> {
  const folder = await journalFolder(session);
  const component = text(session.invocation.options["component"]);
  const ids = folder === undefined ? [] : (await listJournals(folder)).slice(0, listed);
  const read = await Promise.all(
    ids.map(async (id) => ({
      id,
      events: (folder === undefined ? undefined : await readJournal(folder, id))?.events ?? [],
    })),
  );
  const entries = entriesOf(read, component).filter(
    (entry) => component === undefined || entry.component === component,
  );
  if (session.view === "json")
    for (const { events } of read)
      show(
        session,
        events.filter((event) => listedTypes.has(event.type)),
      );
  else session.output.write(rolloutsText(entries));
}

type Read = { readonly id: string; readonly events: readonly Event[] };

/** A set is one line; but of a flag alone its own part of the set is what was asked for. */
function entriesOf(read: readonly Read[], component: string | undefined): readonly RolloutEntry[] {
  const isWhole = component?.includes(":") !== true;
  const groups = grouped(read, ({ id }) => (isWhole ? setOf(id) : undefined) ?? id);
  return [...groups].flatMap(([id, some]) => {
    const journals = some.map(({ events }) => events).reverse();
    return (isWhole ? setEntry(id, journals) : undefined) ?? entryOf(id, journals.flat()) ?? [];
  });
}

const listedTypes = new Set<Event["type"]>(["rollout.started", "rollout.ended", "set.ended"]);

/** A part's rollouts may lie between those of others, where it was put back. */
function inOrder(events: readonly Event[]): readonly Event[] {
  return [...events].sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

/** A rollout that was continued has several starts in its journal, and is told by its last. */
function entryOf(id: string, events: readonly Event[]): RolloutEntry | undefined {
  const start = events.findLast((event) => event.type === "rollout.started");
  if (start === undefined) return undefined;
  const end = events.findLast((event) => event.type === "rollout.ended" && event.seq > start.seq);
  const ended = end?.type === "rollout.ended" ? end : undefined;
  const { component, version, by, why, time } = start;
  return { id, time, component, version: version || "rollback", by, why, outcome: ended?.outcome, took: ended?.took };
}
