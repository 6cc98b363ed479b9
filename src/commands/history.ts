import { join } from "node:path";
import * as z from "zod";
import { loadConfig } from "../config/load.ts";
import { ShipError } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import { treeOn } from "../engine/world.ts";
import { listJournals, readJournal } from "../journal/read.ts";
import { type Opened, openFleet, type Session, text } from "./session.ts";

/** A rollout's events: from the journal here, else the page that it left on the hosts. */
export async function eventsOf(session: Session, rollout: string | undefined): Promise<readonly Event[]> {
  const folder = await journalFolder(session);
  const ids = folder === undefined ? [] : await listJournals(folder);
  const component = text(session.invocation.options["component"]);
  for (const id of rollout === undefined ? ids : ids.filter((each) => each === rollout)) {
    const journal = folder === undefined ? undefined : await readJournal(folder, id);
    const events = journal?.events ?? [];
    if (component === undefined || events.some((event) => "component" in event && event.component === component))
      return events;
  }
  return fromHosts(session, rollout);
}

export async function journalFolder(session: Session): Promise<string | undefined> {
  const loaded = await loadConfig({
    file: text(session.invocation.options["config"]),
    cwd: process.cwd(),
    env: process.env,
    mode: "recovery",
  });
  return loaded.type === "ok" ? join(loaded.config.root, ".ship", "rollouts") : undefined;
}

/** Asks the hosts in turn: the first page that parses is the answer. */
async function fromHosts(session: Session, rollout: string | undefined): Promise<readonly Event[]> {
  const opened = await openFleet(session, "recovery");
  try {
    const pages = await pagesOn(opened, rollout ?? "");
    const newest = newestOf(pages);
    if (newest !== undefined) return [newest];
    throw new ShipError(
      "usage",
      rollout === undefined
        ? "No rollout is known, neither here nor on the hosts."
        : `Rollout ${rollout} is not known, neither here nor on the hosts.`,
      {
        hint: "ship log lists those that are known here.",
      },
    );
  } finally {
    await opened.close();
  }
}

/** What all hosts have of a rollout; an empty id asks for their newest pages. */
export async function pagesOn({ world, component, targets }: Opened, rollout: string): Promise<readonly Event[]> {
  const look = { type: "read-page", rollout } as const;
  const asked = [...targets.hosts.values()].map(async (host) => {
    const answer = await world.hosts.perform(host, treeOn(component, host), look);
    return answer.type === "page" && answer.page !== undefined ? parsed(answer.page) : [];
  });
  return (await Promise.all(asked)).flat();
}

export function newestOf(pages: readonly Event[]): Event | undefined {
  return [...pages].sort((a, b) => a.time.localeCompare(b.time)).at(-1);
}

const number = z.number().nullish();

/** What an older ship wrote lacks the later fields. */
const Judged = z.looseObject({
  assertion: z.string(),
  verdict: z.enum(["pass", "fail", "undecided"]),
  hosts: z.array(z.string()),
  values: z.array(z.looseObject({ metric: z.string(), value: number })),
  causes: z.array(z.looseObject({ cause: z.string(), detail: z.string() })),
  value: number,
  limit: number,
  readings: z.number(),
  bad: z.number(),
  of: z.number(),
  events: z.number().optional(),
  method: z.enum(["threshold", "sequential", "ranks"]).optional(),
  interval: z.object({ low: z.number(), high: z.number() }).optional(),
  chance: z.number().optional(),
  origins: z.array(z.string()).optional(),
});

/** A page is data from a host: believed only in its shape, and shown escaped. One that does not fit counts as none. */
const Page = z.looseObject({
  type: z.literal("rollout.ended"),
  time: z.string(),
  rollout: z.string(),
  component: z.string(),
  version: z.string(),
  outcome: z.string(),
  exit: z.number(),
  reason: z.string(),
  summary: z.string(),
  took: z.number(),
  by: z.string(),
  hosts: z.array(z.looseObject({ host: z.string(), cohort: z.string(), state: z.string(), release: z.string() })),
  judgements: z.array(Judged),
});

function parsed(page: string): readonly Event[] {
  try {
    const value: unknown = JSON.parse(page);
    return isPage(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isPage(value: unknown): value is Event {
  return Page.safeParse(value).success;
}
