import type { Event } from "../core/event.ts";
import { partText } from "../core/set-text.ts";
import type { RolloutEntry } from "./log.ts";

/** A change set as one line of the list, from the journals of its parts, oldest first; undefined where they are no set's. */
export function setEntry(id: string, journals: readonly (readonly Event[])[]): RolloutEntry | undefined {
  const events = journals.flat();
  const parts = events.find((event) => event.type === "part.started");
  const start = events.find((event) => event.type === "rollout.started");
  if (parts === undefined || start === undefined) return undefined;
  const last = events.filter((event) => event.type === "rollout.started" || event.type === "set.ended");
  const ended = last.sort((a, b) => a.time.localeCompare(b.time)).at(-1);
  const end = ended?.type === "set.ended" ? ended : undefined;
  const { by, why, time } = start;
  const version = `set: ${parts.parts.map(partText).join(", ")}`;
  return { id, time, component: parts.component, version, by, why, outcome: end?.outcome, took: end?.took };
}
