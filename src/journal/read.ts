import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Event } from "../core/event.ts";

/** The ids of the rollouts that this folder's journal knows, newest first. */
export async function listJournals(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(".ndjson"))
    .map((name) => name.slice(0, -".ndjson".length))
    .sort()
    .reverse();
}

/** Those that were written to at `from` (ms since the epoch) or later, newest first. */
export async function listJournalsSince(folder: string, from: number): Promise<readonly string[]> {
  const ids = await listJournals(folder);
  const written = await Promise.all(ids.map((id) => stat(join(folder, `${id}.ndjson`)).catch(() => undefined)));
  return ids.filter((_, index) => Number(written[index]?.mtimeMs) >= from);
}

/** The events of one rollout; undefined when there is no journal of it. A line that does not parse is left out and counted. */
export async function readJournal(
  folder: string,
  rollout: string,
): Promise<{ events: readonly Event[]; broken: number } | undefined> {
  const text = await readFile(join(folder, `${rollout}.ndjson`), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split("\n").filter((line) => line !== "");
  const events = lines.flatMap((line) => parsed(line) ?? []);
  return { events, broken: lines.length - events.length };
}

function parsed(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is Event {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "time" in value
  );
}
