import type { Route, TrustedKey } from "../core/route.ts";
import type { Connection } from "./connection.ts";
import type { Target } from "./target.ts";
import { fingerprint, keyType } from "./trust/fingerprint.ts";

/** What a login came to: which key let us in, and which one the host showed. */
export type LoggedIn = { readonly by: string | null; readonly shown: Uint8Array | undefined };

/** How `target` is reached; with a `connection`, what it took. Hosts behind a jump host speak for themselves, and it too. */
export function routeOf(target: Target, connection: Connection | undefined): Route {
  const { address, port, user, via, system } = target;
  const loggedIn = connection?.loggedIn;
  const bySystem = connection === undefined ? system?.why !== undefined : loggedIn === undefined;
  return {
    ...{ address, port, user },
    transport: bySystem ? "openssh" : "ssh2",
    reason: bySystem ? (system?.why ?? "the server has no key exchange that ssh2 knows") : "",
    jumps: jumpsOf(target),
    command: via?.type === "command" ? via.command : null,
    login: loggedIn?.by ?? null,
    trusted: loggedIn?.shown === undefined ? null : trusted(target, loggedIn.shown),
  };
}

function jumpsOf({ via }: Target): readonly string[] {
  if (via?.type !== "jump") return [];
  const { user, address, port } = via.target;
  return [...jumpsOf(via.target), `${user}@${address}:${port}`];
}

function trusted({ pinned }: Target, shown: Uint8Array): TrustedKey | null {
  const key = Buffer.from(shown).toString("base64");
  const where = pinned.find((pin) => pin.key === key)?.where;
  return where === undefined ? null : { type: keyType(shown), fingerprint: fingerprint(shown), where };
}
