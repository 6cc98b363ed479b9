import type { Target } from "../target.ts";

/** Names what a connection to `target` really knocks at: connections to the same server compete for being let in. */
export function endpointOf({ address, port, via }: Target): string {
  if (via === undefined) return `${address}:${port}`;
  if (via.type === "jump") return `${jumpKey(via.target)} ${address}:${port}`;
  // Whatever it knocks at, it is the same for all commands that differ only in where they go.
  return via.command.replaceAll(address, "%h").replaceAll(String(port), "%p");
}

/** One jump host, however many ways lead to hosts behind it. */
export function jumpKey({ name, address, port, user, via }: Target): string {
  const before = via?.type === "jump" ? jumpKey(via.target) : via?.command;
  return jumpMark + JSON.stringify([name, address, port, user, before]);
}

export function isJumpKey(key: string): boolean {
  return key.startsWith(jumpMark);
}

const jumpMark = "jump ";
