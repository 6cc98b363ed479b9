import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShipError } from "../core/error.ts";

/** The folder for archives; where it cannot be written, one in the system's own place that goes when ship does. */
export function writableCache(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    const spare = mkdtempSync(join(tmpdir(), "ship-cache-"));
    process.once("exit", () => rmSync(spare, { recursive: true, force: true }));
    return spare;
  }
}

/** Archives of the last so many uses stay, and any that was used in the last two weeks: a rollout may be sending it still. */
const kept = 10;
const keptMs = 14 * 24 * 3_600_000;

/** Removes archives that nobody used for long, and what a killed ship left half written. Never fails: it is only room. */
export async function pruneCache(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((name) => /^[0-9a-f]{64}\.tar\.gz$|^\..*\.part$|^\.scratch-/.test(name));
  const used = await Promise.all(ours.map(async (name) => ({ name, at: await usedAt(join(folder, name)) })));
  const archives = used.filter(({ name }) => !name.startsWith(".")).sort((a, b) => b.at - a.at);
  const newest = new Set(archives.slice(0, kept).map(({ name }) => name));
  const old = used.filter(({ name, at }) => now - at > keptMs && !newest.has(name));
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { recursive: true, force: true }).catch(() => {})));
}

async function usedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

const causes: Readonly<Record<string, string>> = {
  ENOSPC: "there is no room left on the disk",
  EDQUOT: "the disk quota is used up",
  EROFS: "the disk is read-only",
  EACCES: "permission is denied",
  EMFILE: "too many files are open",
};

/** What this machine's disk refused, as an end that was expected; any other error as it is. */
export function diskTrouble(error: unknown, cache: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const cause = error instanceof ShipError ? undefined : causes[code];
  if (cause === undefined) return error;
  return new ShipError("refused", `The artifact cannot be kept here, in ${cache}: ${cause}.`, {
    hint: "Nothing was changed on any host. Mend that, then run the same command again.",
    cause: error,
  });
}
