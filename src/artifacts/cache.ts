import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from "node:fs";
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
