import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { jsonText } from "../core/escape.ts";
import type { Event } from "../core/event.ts";

/** A file of events, a line each. Written before what it says is believed, and never the reason why a rollout fails. */
export type Journal = {
  write(event: Event): void;
  close(): void;
};

/** Opens lazily at the first event; `warn` is told once when it cannot be written. */
export function openJournal(file: string, warn: (reason: string) => void): Journal {
  let descriptor: number | undefined;
  let broken = false;
  const guarded = (act: () => void) => {
    if (broken) return;
    try {
      act();
    } catch (error) {
      broken = true;
      warn(error instanceof Error ? error.message : String(error));
    }
  };
  return {
    write: (event) =>
      guarded(() => {
        descriptor ??= create(file);
        writeSync(descriptor, `${jsonText(event)}\n`);
      }),
    close: () =>
      guarded(() => {
        if (descriptor !== undefined) closeSync(descriptor);
        descriptor = undefined;
      }),
  };
}

/** For the owner's eyes: events may quote what hosts said. */
function create(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return openSync(file, "a", 0o600);
}
