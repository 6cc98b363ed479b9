import { once, setMaxListeners } from "node:events";
import { ShipError } from "../core/error.ts";
import type { Host } from "../core/fleet.ts";
import type { Route } from "../core/route.ts";
import { Connection, directly, type Timing } from "./connection.ts";
import { before, deadline } from "./deadline.ts";
import type { Failed } from "./diagnosis.ts";
import { dialEither } from "./either.ts";
import { endpointOf, isJumpKey, jumpKey } from "./endpoint.ts";
import { governor } from "./governor.ts";
import { openWay } from "./jump.ts";
import { keeping } from "./keep.ts";
import { systemSsh } from "./openssh/dial.ts";
import { type Patience, whileBusy } from "./patience.ts";
import { routeOf } from "./route.ts";
import { slots } from "./slots.ts";
import type { Target } from "./target.ts";

/** Connections by host: made when first needed, let go when their turn is far off, made anew after that or when they broke. */
export type Pool = {
  /** A connection to `host`, in hand until it is released; or why there is none. */
  get(host: Host): Promise<Grip | Failed>;
  /** Ends every connection; from here on there is none. */
  close(): Promise<void>;
};

export type Grip = { readonly connection: Connection; release(): void };

export type PoolSettings = {
  readonly resolve: (host: Host) => Promise<Target>;
  /** How many connections may be on their way at once. */
  readonly concurrency: number;
  readonly timing: Timing;
  readonly patience?: Patience | undefined;
  /** How many connections may rest before their turn has come. */
  readonly resting?: number | undefined;
  /** Hears how a host is reached: when it was looked up, and again when it let us in. */
  readonly met?: ((host: Host, route: Route) => void) | undefined;
};

const closedReason = "ship has closed its connections";

/** Lookups at once: each may be a process here. */
const lookupsAtOnce = 8;

/** A jump host that failed is not asked again for so long, ms: all that lie behind it would, one after another. */
const jumpRest = 5000;

export function pool(settings: PoolSettings): Pool {
  const { timing } = settings;
  const lookups = slots(lookupsAtOnce);
  const starts = slots(settings.concurrency);
  const governed = governor(settings.concurrency);
  const keep = keeping(() => performance.now(), settings.resting);
  const closing = new AbortController();
  // Each connection on its way listens.
  setMaxListeners(0, closing.signal);
  const made = new Map<string, Promise<Connection | Failed>>();
  const targets = new Map<string, Target>();
  const system = systemSsh();
  const failedJumps = new Map<string, { readonly failed: Failed; readonly at: number }>();

  async function make(key: string, host: Host): Promise<Connection | Failed> {
    try {
      const target = targets.get(key) ?? (await lookup(host));
      if (target === undefined) return unreachable(closedReason);
      settings.met?.(host, routeOf(target, undefined));
      const connection = await reach(target);
      if (connection instanceof Connection) settings.met?.(host, routeOf(target, connection));
      // What let us in once is kept: a run looks its hosts up once, and trusts all along what it trusted first.
      if (connection instanceof Connection) targets.set(key, target);
      return connection;
    } catch (error) {
      return unresolved(error);
    }
  }

  async function lookup(host: Host): Promise<Target | undefined> {
    const release = await lookups.take(closing.signal);
    if (release === undefined) return undefined;
    try {
      return await settings.resolve(host);
    } finally {
      release();
    }
  }

  /** The jump host is held as long as anybody is behind it. Who waits for it takes no place from others. */
  function reach(target: Target): Promise<Connection | Failed> {
    return whileBusy(closing.signal, () => tryToReach(target), settings.patience);
  }

  async function tryToReach(target: Target): Promise<Connection | Failed> {
    if (target.via?.type !== "jump") return start(target, undefined);
    const jump = await jumpTo(target.via.target);
    const connection = await start(target, "cause" in jump ? jump : jump.connection);
    if ("cause" in jump) return connection;
    if (connection instanceof Connection && connection.ended === undefined) connection.onEnd(jump.release);
    else jump.release();
    return connection;
  }

  async function jumpTo(jump: Target): Promise<Grip | Failed> {
    const key = jumpKey(jump);
    const before = failedJumps.get(key);
    if (before !== undefined && performance.now() - before.at < jumpRest) return before.failed;
    const grip = await take(key, () => reach(jump));
    if ("cause" in grip) failedJumps.set(key, { failed: grip, at: performance.now() });
    return grip;
  }

  /** `jump` is what its jump host came to, where it has one. */
  async function start(target: Target, jump: Connection | Failed | undefined): Promise<Connection | Failed> {
    const over = await governed.turn(endpointOf(target), closing.signal);
    const release = await starts.take(closing.signal);
    let lost = false;
    try {
      if (over === undefined || release === undefined) return unreachable(closedReason);
      const ways = { wire: () => wireTo(target, jump), system, timing, closing: closing.signal };
      const connection = await dialEither(target, ways);
      lost = !(connection instanceof Connection) && connection.again;
      return connection;
    } finally {
      release?.();
      over?.(lost);
    }
  }

  async function wireTo(target: Target, jump: Connection | Failed | undefined) {
    if (target.via === undefined) return directly(target);
    const jumps = async () => jump ?? unreachable(closedReason);
    return openWay(target, target.via, { jumps, within: timing.connectWithin });
  }

  function begin(key: string, coming: Promise<Connection | Failed>): Promise<Connection | Failed> {
    const forget = () => made.get(key) === making && made.delete(key);
    const making: Promise<Connection | Failed> = coming.then((connection) => {
      if (!(connection instanceof Connection) || connection.ended !== undefined) {
        forget();
        return connection;
      }
      connection.onEnd(forget);
      // Who waits for it takes it in hand before anything else happens; when nobody does any more, it rests.
      setImmediate(keep.hold(key, connection));
      return connection;
    });
    made.set(key, making);
    return making;
  }

  async function take(key: string, connect: () => Promise<Connection | Failed>): Promise<Grip | Failed> {
    const connection = await before(closing.signal, made.get(key) ?? begin(key, connect()));
    if (connection === undefined) return unreachable(closedReason);
    if (!(connection instanceof Connection)) return connection;
    if (connection.ended !== undefined) return unreachable(connection.ended);
    return { connection, release: keep.hold(key, connection) };
  }

  return {
    async get(host) {
      if (closing.signal.aborted) return unreachable(closedReason);
      const key = JSON.stringify([host.name, host.address, host.port, host.user]);
      return take(key, () => make(key, host));
    },
    async close() {
      closing.abort();
      const patience = deadline(1000);
      // So does each that is hung up.
      setMaxListeners(0, patience.signal);
      // A jump host last: what is behind it would be cut off before it has said goodbye.
      for (const last of [false, true]) {
        const some = [...made].filter(([key]) => isJumpKey(key) === last);
        await Promise.all(some.map(([, making]) => hangUp(making, patience.signal)));
      }
      patience.clear();
      await system.close();
    },
  };
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
