import type { HostRecord } from "./host.ts";

/** Is what runs here proven here? A host that was put back runs its last proven release again. */
export function isProven(record: HostRecord): boolean {
  if (record.current === "") return false;
  return record.phase === "proven" || (record.phase === "reverted" && record.current === record.good);
}
