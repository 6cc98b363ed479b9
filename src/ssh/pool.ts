import { once, setMaxListeners } from "node:events";
import { ShipError } from "../core/error.ts";
import type { Host } from "../core/fleet.ts";
import { Connection, dial, directly, type Timing } from "./connection.ts";
import { before, deadline } from "./deadline.ts";
import type { Failed } from "./diagnosis.ts";
import { openWay } from "./jump.ts";
import { slots } from "./slots.ts";
import type { Target } from "./target.ts";

/** Connections by host: made when first needed, kept while they stand, made anew after they broke. */
export type Pool = {
  /** A connection to `host`, or why there is none by the time `late` aborts. */
  get(host: Host, late: AbortSignal): Promise<Connection | Failed>;
  /** Ends every connection; from here on there is none. */
  close(): Promise<void>;
};

export type PoolSettings = {
  readonly resolve: (host: Host) => Promise<Target>;
  /** How many connections may be on their way at once. */
  readonly concurrency: number;
  readonly timing: Timing;
};

const closedReason = "ship has closed its connections";

export function pool(settings: PoolSettings): Pool {
  const starts = slots(settings.concurrency);
  const closing = new AbortController();
  // Each connection on its way listens.
  setMaxListeners(0, closing.signal);
  const made = new Map<string, Promise<Connection | Failed>>();
  const targets = new Map<string, Target>();

  async function make(key: string, host: Host): Promise<Connection | Failed> {
    const release = await starts.take(closing.signal);
    if (release === undefined) return unreachable(closedReason);
    try {
      const target = targets.get(key) ?? (await settings.resolve(host));
      const connection = await reach(target);
      // What let us in once is kept: a run looks its hosts up once, and trusts all along what it trusted first.
      if (connection instanceof Connection) targets.set(key, target);
      return connection;
    } catch (error) {
      return unresolved(error);
    } finally {
      release();
    }
  }

  /** A jump host's connection takes no place of its own: those behind it hold theirs while they wait for it. */
  async function reach(target: Target): Promise<Connection | Failed> {
    const { timing } = settings;
    return dialTwice(closing.signal, async () => {
      const way = { jumps: jumpTo, within: timing.connectWithin };
      const wire = target.via === undefined ? directly(target) : await openWay(target, target.via, way);
      return "cause" in wire ? wire : dial(target, wire, { timing, closing: closing.signal });
    });
  }

  function jumpTo(jump: Target): Promise<Connection | Failed> {
    const key = jumpKey(jump);
    return made.get(key) ?? begin(key, reach(jump));
  }

  function begin(key: string, coming: Promise<Connection | Failed>): Promise<Connection | Failed> {
    const forget = () => made.get(key) === making && made.delete(key);
    const making: Promise<Connection | Failed> = coming.then((connection) => {
      if (connection instanceof Connection && connection.ended === undefined) connection.onEnd(forget);
      else forget();
      return connection;
    });
    made.set(key, making);
    return making;
  }

  return {
    async get(host, late) {
      if (closing.signal.aborted) return unreachable(closedReason);
      const key = JSON.stringify([host.name, host.address, host.port, host.user]);
      const connection = await before(late, made.get(key) ?? begin(key, make(key, host)));
      return connection ?? unreachable("no connection came about in time");
    },
    async close() {
      closing.abort();
      const patience = deadline(1000);
      // So does each that is hung up.
      setMaxListeners(0, patience.signal);
      // A jump host last: what is behind it would be cut off before it has said goodbye.
      for (const last of [false, true]) {
        const some = [...made].filter(([key]) => key.startsWith(jumpMark) === last);
        await Promise.all(some.map(([, making]) => hangUp(making, patience.signal)));
      }
      patience.clear();
    },
  };
}

const jumpMark = "jump ";

/** One jump host, however many ways lead to hosts behind it. */
function jumpKey({ name, address, port, user, via }: Target): string {
  const before = via?.type === "jump" ? jumpKey(via.target) : via?.command;
  return jumpMark + JSON.stringify([name, address, port, user, before]);
}

/** sshd turns connections away by chance when many start at once; a moment later it takes them. */
async function dialTwice(
  closing: AbortSignal,
  connect: () => Promise<Connection | Failed>,
): Promise<Connection | Failed> {
  if (closing.aborted) return unreachable(closedReason);
  const first = await connect();
  if (first instanceof Connection || !first.again) return first;
  const pause = deadline(100 + Math.random() * 400);
  await before(closing, once(pause.signal, "abort"));
  pause.clear();
  return closing.aborted ? unreachable(closedReason) : connect();
}

/** Says goodbye, and waits for it to be sent as long as `patience` lasts. */
async function hangUp(making: Promise<Connection | Failed>, patience: AbortSignal): Promise<void> {
  const connection = await before(patience, making);
  if (!(connection instanceof Connection) || connection.socket.destroyed) return;
  const gone = once(connection.socket, "close").catch(() => undefined);
  connection.end(closedReason);
  await before(patience, gone);
  connection.socket.destroy();
}

function unreachable(reason: string): Failed {
  return { cause: "unreachable", reason, again: false };
}

/** A host that could not be looked up stops no other: recovery goes on with the rest. */
function unresolved(error: unknown): Failed {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ShipError)) return unreachable(reason);
  const full = error.hint === undefined ? reason : `${reason} ${error.hint}`;
  return { cause: error.code === "refused" ? "host-key" : "unreachable", reason: full, again: false };
}
