import { once, setMaxListeners } from "node:events";
import { ShipError } from "../../core/error.ts";
import type { Host } from "../../core/fleet.ts";
import type { Route } from "../../core/route.ts";
import { Connection } from "../connection.ts";
import { before, deadline } from "../deadline.ts";
import { closed, closedReason, type Failed, unreachable } from "../diagnosis.ts";
import { systemSsh } from "../openssh/dial.ts";
import { routeOf } from "../route.ts";
import type { Target } from "../target.ts";
import { isJumpKey, jumpKey } from "./endpoint.ts";
import { keeping } from "./keep.ts";
import { type Grip, type Made, madeOnce } from "./made.ts";
import { type ReachSettings, reaching } from "./reach.ts";
import { slots } from "./slots.ts";

/** Connections by host: made when first needed, let go when their turn is far off, made anew after that or when they broke. */
export type Pool = {
  /** A connection to `host`, in hand until it is released; or why there is none. */
  get(host: Host): Promise<Grip | Failed>;
  /** Ends every connection; from here on there is none. */
  close(): Promise<void>;
};

export type PoolSettings = ReachSettings & {
  readonly resolve: (host: Host) => Promise<Target>;
  /** How many connections may rest before their turn has come. */
  readonly resting?: number | undefined;
  /** Hears how a host is reached: when it was looked up, and again when it let us in. */
  readonly met?: ((host: Host, route: Route) => void) | undefined;
};

/** Lookups at once: each may be a process here. */
const lookupsAtOnce = 8;

/** A jump host that failed is not asked again for so long, ms: all that lie behind it would, one after another. */
const jumpRest = 5000;

export function pool(settings: PoolSettings): Pool {
  const closing = new AbortController();
  // Each connection on its way listens.
  setMaxListeners(0, closing.signal);
  const system = systemSsh();
  const made = madeOnce(
    keeping(() => performance.now(), settings.resting),
    closing.signal,
  );
  const lookUp = lookingUp(settings, closing.signal);
  const failed = new Map<string, { readonly failed: Failed; readonly at: number }>();
  const reach = reaching(settings, { jumpTo, system, closing: closing.signal });

  async function jumpTo(jump: Target): Promise<Grip | Failed> {
    const key = jumpKey(jump);
    const last = failed.get(key);
    if (last !== undefined && performance.now() - last.at < jumpRest) return last.failed;
    const grip = await made.take(key, () => reach(jump));
    if ("cause" in grip) failed.set(key, { failed: grip, at: performance.now() });
    return grip;
  }

  async function connect(key: string, host: Host): Promise<Connection | Failed> {
    try {
      const looked = await lookUp(key, host);
      if (looked === undefined) return closed;
      settings.met?.(host, routeOf(looked.target, undefined));
      const connection = await reach(looked.target);
      if (!(connection instanceof Connection)) return connection;
      looked.keep();
      settings.met?.(host, routeOf(looked.target, connection));
      return connection;
    } catch (error) {
      return unresolved(error);
    }
  }

  return {
    async get(host) {
      if (closing.signal.aborted) return closed;
      const key = JSON.stringify([host.name, host.address, host.port, host.user]);
      return made.take(key, () => connect(key, host));
    },
    async close() {
      closing.abort();
      await hangUpAll(made);
      await system.close();
    },
  };
}

type Looked = { readonly target: Target; keep(): void };

/** What let us in once is kept: a run looks its hosts up once, and trusts all along what it trusted first. */
function lookingUp({ resolve }: PoolSettings, closing: AbortSignal) {
  const places = slots(lookupsAtOnce);
  const targets = new Map<string, Target>();
  return async (key: string, host: Host): Promise<Looked | undefined> => {
    const known = targets.get(key);
    if (known !== undefined) return { target: known, keep: () => undefined };
    const release = await places.take(closing);
    if (release === undefined) return undefined;
    try {
      const target = await resolve(host);
      return { target, keep: () => targets.set(key, target) };
    } finally {
      release();
    }
  };
}

/** A jump host last: what is behind it would be cut off before it has said goodbye. */
async function hangUpAll(made: Made): Promise<void> {
  for (const last of [false, true]) {
    // Patience for each: a host that is still on its way uses up the first, and its jump host must be hung up yet.
    const patience = deadline(1000);
    const some = made.all().filter(([key]) => isJumpKey(key) === last);
    await Promise.all(some.map(([, making]) => hangUp(making, patience.signal)));
    patience.clear();
  }
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

/** A host that could not be looked up stops no other: recovery goes on with the rest. */
function unresolved(error: unknown): Failed {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ShipError)) return unreachable(reason);
  const full = error.hint === undefined ? reason : `${reason} ${error.hint}`;
  return { cause: error.code === "refused" ? "host-key" : "unreachable", reason: full, again: false };
}
