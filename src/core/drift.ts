import type { HostState, Phase } from "./host.ts";
import { isProven } from "./proven.ts";

/** Phases in which the link may be ahead of what the record expects. */
const moving: ReadonlySet<Phase> = new Set(["armed", "switched", "reverting", "revert-failed"]);

/** Was the link moved by something else than ship's orders? */
export function isDrifted({ record, link }: Pick<HostState, "record" | "link">): boolean {
  return !moving.has(record.phase) && link !== record.current;
}

/**
 * Where a rollout goes back to on a host that it has yet to bring to `target`: the last release proven before it. A drifted
 * host was taken as it is, and what runs there is what it goes back to, even where its record was lost.
 */
export function wayBack(
  { record, link }: Pick<HostState, "record" | "link">,
  { rollout, target }: { readonly rollout: string | undefined; readonly target: string },
): string {
  if (link !== "" && link !== target && isDrifted({ record, link })) return link;
  return record.rollout !== rollout && isProven(record) ? record.current : record.good;
}
