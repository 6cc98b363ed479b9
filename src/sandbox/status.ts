import { ShipError } from "../core/error.ts";
import { layout } from "./layout.ts";
import type { Breakage, HostStatus } from "./request.ts";
import { askRunning } from "./running.ts";

/** The hosts of the sandbox that runs in this folder, in the order in which they were opened; undefined when none runs. */
export function sandboxStatus(folder: string): Promise<readonly HostStatus[] | undefined> {
  return askRunning(layout(folder), { do: "status" });
}

/** Breaks a host, or mends it (`up`). Throws a ShipError when there is no such host, or no sandbox. */
export async function breakSandbox(folder: string, host: string, how: Breakage): Promise<void> {
  const hosts = await sandboxStatus(folder);
  const hint = "See `ship sandbox status`.";
  if (hosts === undefined) throw new ShipError("usage", "No sandbox is running here.", { hint });
  if (!hosts.some((known) => known.name === host)) {
    throw new ShipError("usage", `The sandbox has no host ${host}.`, { hint });
  }
  await askRunning(layout(folder), { do: "break", host, how });
}
