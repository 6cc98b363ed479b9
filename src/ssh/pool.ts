import { once, setMaxListeners } from "node:events";
import { ShipError } from "../core/error.ts";
import type { Host } from "../core/fleet.ts";
import { Connection, dial, type Timing } from "./connection.ts";
import { before, deadline } from "./deadline.ts";
import type { Failed } from "./diagnosis.ts";
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
      const connection = await dialTwice(target, settings.timing, closing.signal);
      // What let us in once is kept: a run looks its hosts up once, and trusts all along what it trusted first.
      if (connection instanceof Connection) targets.set(key, target);
      return connection;
    } catch (error) {
      return unresolved(error);
    } finally {
      release();
    }
  }

  function begin(key: string, host: Host): Promise<Connection | Failed> {
    const forget = () => made.get(key) === making && made.delete(key);
    const making: Promise<Connection | Failed> = make(key, host).then((connection) => {
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
      const connection = await before(late, made.get(key) ?? begin(key, host));
      return connection ?? unreachable("no connection came about in time");
    },
    async close() {
      closing.abort();
      const patience = deadline(1000);
      // So does each that is hung up.
      setMaxListeners(0, patience.signal);
      await Promise.all([...made.values()].map((making) => hangUp(making, patience.signal)));
      patience.clear();
    },
  };
}

/** sshd turns connections away by chance when many start at once; a moment later it takes them. */
async function dialTwice(target: Target, timing: Timing, closing: AbortSignal): Promise<Connection | Failed> {
  if (closing.aborted) return unreachable(closedReason);
  const first = await dial(target, timing, closing);
  if (first instanceof Connection || !first.again) return first;
  const pause = deadline(100 + Math.random() * 400);
  await before(closing, once(pause.signal, "abort"));
  pause.clear();
  return closing.aborted ? unreachable(closedReason) : dial(target, timing, closing);
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
