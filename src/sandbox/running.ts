import { ask } from "./control.ts";
import type { Layout } from "./layout.ts";
import { isAlive } from "./process.ts";
import type { HostStatus, Request } from "./request.ts";
import { type Keys, readKeys, readState, type State } from "./state.ts";

/** A sandbox that runs: its process was there a moment ago, under the pid and start time that it wrote. */
export type Running = { readonly state: State; readonly keys: Keys };

export function running(places: Layout): Running | undefined {
  const state = readState(places.state);
  const keys = readKeys(places.keys);
  if (state === undefined || keys === undefined || !isAlive(state)) return undefined;
  return { state, keys };
}

/** Its answer; undefined when the sandbox does not run, or ended before it answered. */
export async function askRunning(places: Layout, request: Request): Promise<readonly HostStatus[] | undefined> {
  const found = running(places);
  if (found === undefined) return undefined;
  try {
    return await ask(found.state, found.keys, request);
  } catch (error) {
    if (!isAlive(found.state)) return undefined;
    throw error;
  }
}
