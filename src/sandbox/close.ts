import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { layout } from "./layout.ts";
import { ended, signal } from "./process.ts";
import { running } from "./running.ts";
import { readKeys } from "./state.ts";
import { endMarked } from "./trace.ts";

/**
 * Ends the sandbox of a folder, with all that it started, and removes the folder: the next one is new. Only the process
 * that wrote the state file is ended. `absent` when no sandbox was ever in this folder; then nothing is removed.
 */
export async function closeSandbox(folder: string): Promise<"closed" | "absent"> {
  const places = layout(folder);
  if (!existsSync(folder) || readKeys(places.keys) === undefined) return "absent";
  const found = running(places);
  if (found !== undefined) {
    signal(found.state, "SIGTERM");
    if (!(await ended(found.state, 8000))) {
      signal(found.state, "SIGKILL");
      await ended(found.state, 2000);
      await endMarked(found.state.nonce);
    }
  }
  // Whatever was ended a moment ago may still have written a file.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return "closed";
}
