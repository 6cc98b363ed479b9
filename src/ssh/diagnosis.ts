import type { Exit } from "../core/transport.ts";
import { loginFault } from "./login/login.ts";
import type { Target } from "./target.ts";
import { typesFault } from "./trust/trust.ts";

/** A connection that did not come to be. `again`: the server was too busy to talk, which a moment later may be over. */
export type Failed = Omit<Extract<Exit, { type: "unsent" }>, "type"> & { readonly again: boolean };

export function unreachable(reason: string): Failed {
  return { cause: "unreachable", reason, again: false };
}

export const closedReason = "ship has closed its connections";
export const closed: Failed = unreachable(closedReason);

/** What was seen of a connection that ended before its login was done. */
export type Seen = {
  /** In the order in which they came; ssh2 tells more than one. */
  readonly errors: readonly Error[];
  /** What the host key verifier had against the key, if anything. */
  readonly keyFault: string | undefined;
  /** Keys are exchanged; what fails from here on is the login. */
  readonly handshaken: boolean;
  /** What the server wants besides the key that it took. */
  wanted?(): readonly string[];
};

/** Says in plain words why there is no connection to `target`, and whose fault that is. */
export function diagnose(target: Target, seen: Seen): Failed {
  const { errors } = seen;
  if (seen.keyFault !== undefined) return { cause: "host-key", reason: seen.keyFault, again: false };
  if (errors.some((error) => error.message.includes("no matching host key"))) {
    return { cause: "host-key", reason: typesFault(target), again: false };
  }
  if (seen.handshaken && errors.some(isRefusal)) {
    const messages = errors.map((error) => error.message);
    return { cause: "auth", reason: loginFault(target, messages, seen.wanted?.()), again: false };
  }
  const first = errors[0];
  const reason = first === undefined ? "the connection closed during the login" : plainly(first);
  return { cause: "unreachable", reason: `${target.address}:${target.port}: ${reason}`, again: isBusy(seen) };
}

/** An error's own words, or plainer ones where its words are a code. */
export function plainly(error: Error): string {
  const code = codeOf(error);
  return (typeof code === "string" ? plain[code] : undefined) ?? error.message;
}

const plain: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was reset",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to its network",
  ENOTFOUND: "its name is not known (DNS)",
  EAI_AGAIN: "its name could not be looked up (DNS)",
  ETIMEDOUT: "no answer",
};

/** The server said no: either ssh2 ran out of keys, or the server hung up with a reason (RFC 4253, 11.1). */
function isRefusal(error: Error): boolean {
  return ("level" in error && error.level === "client-authentication") || typeof codeOf(error) === "number";
}

/**
 * sshd drops connections by chance when many start at once (MaxStartups): without a word, or, once it has named itself, in
 * the midst of the exchange of keys. A proxy command tells the same in its own words.
 */
function isBusy({ handshaken, errors }: Seen): boolean {
  if (handshaken) return false;
  const [first] = errors;
  if (first === undefined) return true;
  return (
    first.message === "Connection lost before handshake" ||
    codeOf(first) === "ECONNRESET" ||
    /kex_exchange_identification|Exceeded MaxStartups/.test(first.message)
  );
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
