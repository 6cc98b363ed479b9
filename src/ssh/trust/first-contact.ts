import { Connection, directly, type Timing } from "../connection.ts";
import type { Failed } from "../diagnosis.ts";
import { dialEither, isForeign } from "../either.ts";
import { openWay } from "../jump.ts";
import { systemSsh } from "../openssh/dial.ts";
import { jumpKey } from "../pool/endpoint.ts";
import { whileBusy } from "../pool/patience.ts";
import { slots } from "../pool/slots.ts";
import type { Target } from "../target.ts";
import { peekKey } from "./peek.ts";
import { peekBySystem } from "./peek-system.ts";
import { isUnknown, keyFault } from "./trust.ts";

/** What a host of which no key is known showed. */
export type Contact = { readonly target: Target; readonly key: Uint8Array };

/** Looks at the keys of hosts that are not known yet, and logs in nowhere but on the jump hosts before them. */
export type Contacts = {
  /** The key that `target` shows; undefined for one that is trusted already, under another of its names. */
  peek(target: Target): Promise<Contact | Failed | undefined>;
  close(): Promise<void>;
};

export function firstContacts(timing: Timing, concurrency: number): Contacts {
  const closing = new AbortController();
  const starts = slots(concurrency);
  const jumps = new Map<string, Promise<Connection | Failed>>();
  const system = systemSsh();

  function jumpTo(jump: Target): Promise<Connection | Failed> {
    const key = jumpKey(jump);
    const before = jumps.get(key);
    if (before !== undefined) return before;
    const ways = { wire: () => wireTo(jump), system, timing, closing: closing.signal };
    const made = whileBusy(closing.signal, () => dialEither(jump, ways));
    jumps.set(key, made);
    return made;
  }

  async function wireTo(target: Target) {
    const way = { jumps: jumpTo, within: timing.connectWithin };
    return target.via === undefined ? directly(target) : openWay(target, target.via, way);
  }

  async function keyOf(target: Target): Promise<Uint8Array | Failed> {
    const bySystem = target.system;
    if (bySystem?.why !== undefined) return peekBySystem(bySystem.way, timing.connectWithin);
    const wire = await wireTo(target);
    const key = "cause" in wire ? wire : await peekKey(target, wire, timing.connectWithin);
    if (bySystem === undefined || !("cause" in key) || !isForeign(key)) return key;
    return peekBySystem(bySystem.way, timing.connectWithin);
  }

  return {
    async peek(target) {
      const release = await starts.take(closing.signal);
      try {
        const key = await keyOf(target);
        if ("cause" in key) return key;
        const fault = keyFault(target, key);
        if (fault === undefined) return undefined;
        const offered = isUnknown(target) && !target.pinned.some((pinned) => isRevoked(pinned, key));
        return offered ? { target, key } : { cause: "host-key", reason: fault, again: false };
      } finally {
        release?.();
      }
    },
    async close() {
      closing.abort();
      for (const jump of jumps.values())
        void jump.then((made) => (made instanceof Connection ? made.end("ship has closed it") : undefined));
      await system.close();
    },
  };
}

function isRevoked(pinned: Target["pinned"][number], key: Uint8Array): boolean {
  return pinned.revoked && pinned.key === Buffer.from(key).toString("base64");
}

/**
 * The first host on the way to `target` of which no key is known, itself included; undefined when all are known. `settled`
 * are names that showed a key which is known under another of their names.
 */
export function firstUnknown(target: Target, settled: ReadonlySet<string>): Target | undefined {
  const before = target.via?.type === "jump" ? firstUnknown(target.via.target, settled) : undefined;
  return before ?? (isUnknown(target) && !isCertified(target) && !settled.has(target.name) ? target : undefined);
}

/** A certificate authority speaks for its key, and the system's ssh, which is chosen for it, asks that one. */
function isCertified({ authorities, system }: Target): boolean {
  return authorities.length > 0 && system?.why !== undefined;
}
