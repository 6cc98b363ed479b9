import { besides } from "../changes/index.ts";
import { ShipError } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import { setOf } from "../core/part-id.ts";
import { listJournals, readJournal } from "../journal/read.ts";
import { openedFor } from "./besides.ts";
import { eventsOf, journalFolder, newestOf, pagesOn } from "./history.ts";
import { openFleet, type Session, text } from "./session.ts";

type Events = readonly Event[];

/** One rollout's events; of a change set, those of each of its parts, in the order in which they began. */
export async function partsOf(session: Session, asked: string | undefined): Promise<readonly Events[]> {
  const set = asked !== undefined && /^[0-9a-f]{8}$/.test(asked) ? asked : undefined;
  if (set !== undefined) return setParts(session, set);
  const events = await eventsOf(session, asked);
  const newest = events[0]?.rollout;
  const isOne = asked !== undefined || text(session.invocation.options["component"])?.includes(":") === true;
  const found = isOne ? undefined : setOf(newest);
  return found === undefined ? [events] : setParts(session, found);
}

/** From the journals here, else the pages that its parts left on the hosts. */
async function setParts(session: Session, set: string): Promise<readonly Events[]> {
  const folder = await journalFolder(session);
  const ids = folder === undefined ? [] : (await listJournals(folder)).filter((id) => setOf(id) === set).sort();
  const read = await Promise.all(ids.map(async (id) => (await readJournal(folder ?? "", id))?.events ?? []));
  return read.length > 0 ? read : fromHosts(session, set);
}

/** Each change of the service has the newest page of its own. */
async function fromHosts(session: Session, set: string): Promise<readonly Events[]> {
  const opened = await openFleet(session, "recovery");
  try {
    const { config, component } = opened;
    const changes = [component, ...besides(component, config)];
    const newest = await Promise.all(
      changes.map(async (change) => {
        const pages = await pagesOn(openedFor(opened, change), "");
        return newestOf(pages.filter(({ rollout }) => setOf(rollout) === set));
      }),
    );
    const found = newest.flatMap((page) => page ?? []).sort((a, b) => (a.rollout ?? "").localeCompare(b.rollout ?? ""));
    if (found.length > 0) return found.map((page) => [page]);
    throw new ShipError("usage", `Change set ${set} is not known, neither here nor on the hosts.`, {
      hint: "ship log lists those that are known here.",
    });
  } finally {
    await opened.close();
  }
}
