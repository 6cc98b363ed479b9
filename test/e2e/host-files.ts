import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves once no watchdog runs on a host: one that has nothing left to watch ends within some seconds, and takes its files along. */
export async function withoutWatchdogs(homes: readonly string[]): Promise<void> {
  const late = performance.now() + 60_000;
  while (homes.flatMap(watched).length > 0) {
    if (performance.now() > late) throw new Error(`watchdogs still run: ${homes.flatMap(watched).join(", ")}`);
    await sleep(100);
  }
}

function watched(home: string): readonly string[] {
  const folder = join(home, "api/.ship");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith("watch-"))
    .map((name) => join(folder, name));
}

/** Every file under a folder, itself included: `path mode time content`. */
export function filesUnder(path: string): readonly string[] {
  const stat = lstatSync(path);
  const line = `${path} ${stat.mode.toString(8)} ${stat.mtimeMs}`;
  if (stat.isSymbolicLink()) return [`${line} ${readlinkSync(path)}`];
  if (stat.isFile()) return [`${line} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`];
  return [
    line,
    ...readdirSync(path)
      .sort()
      .flatMap((name) => filesUnder(join(path, name))),
  ];
}
