import { ShipError } from "../core/error.ts";

const causes: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "it is not permitted",
  EROFS: "the disk is read-only",
  ENOSPC: "there is no room left on the disk",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "something that is no folder is in the way",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open on this machine",
};

/**
 * What this machine's own disk refused, as an end that was expected; any other error as it is. Only before hosts are
 * changed: from then on nothing that is written here is needed, and an error would be ship's own.
 */
export function localTrouble(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ShipError || !("syscall" in error) || !("code" in error))
    return error;
  // What node says of a folder that cannot be made on a read-only disk.
  const isUnmade = error.code === "ENOENT" && error.syscall === "mkdir";
  const cause = isUnmade ? "no folder can be made there" : causes[String(error.code)];
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  if (cause === undefined || path === undefined) return error;
  return new ShipError("refused", `ship cannot use ${path} on this machine: ${cause}.`, {
    hint: "Nothing was changed on any host. Mend that, then run the same command again.",
    cause: error,
  });
}
