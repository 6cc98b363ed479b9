import { Connection, dial } from "./connection.ts";
import type { Failed } from "./diagnosis.ts";
import type { Dialling, SystemSsh } from "./openssh/dial.ts";
import type { Target } from "./target.ts";
import type { Wire } from "./wire.ts";

export type Ways = Dialling & {
  /** What ssh2 speaks over; made only for it. */
  readonly wire: () => Promise<Wire | Failed>;
  readonly system: SystemSsh;
};

/**
 * Logs in by ssh2, or by the system's ssh where that was chosen for the target. Where a server's offer turns out to have
 * no key exchange that ssh2 knows (it knows none that is post-quantum) the system's ssh is tried once: nothing was sent yet.
 */
export async function dialEither(target: Target, ways: Ways): Promise<Connection | Failed> {
  const { system } = target;
  if (system?.why !== undefined) return ways.system.dial(target, system.way, ways);
  const wire = await ways.wire();
  if ("cause" in wire) return wire;
  const dialled = await dial(target, wire, ways);
  if (dialled instanceof Connection || !isForeign(dialled) || system === undefined) return dialled;
  return ways.system.dial(target, system.way, ways);
}

/** Whether the two had no key exchange in common, in ssh2's words. */
export function isForeign({ cause, reason }: Failed): boolean {
  return cause === "unreachable" && reason.includes("no matching key exchange algorithm");
}
