import type { Duplex } from "node:stream";
import type { Host } from "../core/fleet.ts";
import type { Route } from "../core/route.ts";
import type { Command, Exit, Ran, Transport } from "../core/transport.ts";
import type { Connection, Timing } from "./connection.ts";
import { deadline } from "./deadline.ts";
import { forward } from "./forward.ts";
import type { Patience } from "./pool/patience.ts";
import { type Pool, pool } from "./pool/pool.ts";
import { converse, start } from "./session.ts";
import type { Target } from "./target.ts";

export type SshSettings = {
  /** Looks a host up, before the first connection to it. What it rejects with is the reason why the host is unsent. */
  readonly resolve: (host: Host) => Promise<Target>;
  /** How many connections may be on their way at once. */
  readonly concurrency: number;
  /** ms from the first packet to the finished login. */
  readonly connectWithin?: number;
  /** How often a peer is asked for a sign of life (ms), and how many times in vain before it is given up. */
  readonly keepalive?: Timing["keepalive"];
  /** How often a server that turns us away before its handshake is asked in all, and the first pause, ms. */
  readonly patience?: Patience;
  /** How many connections may rest before their turn has come; those beyond are let go, and made anew when they are needed. */
  readonly resting?: number;
  /** Hears how a host is reached: when it was looked up, and again when it let us in. */
  readonly met?: (host: Host, route: Route) => void;
};

/**
 * SSH by the ssh2 library: one connection a host, made when first needed and kept. `run` never rejects; `connect`
 * rejects with an Error in plain words. There is no way to go without the check of host keys.
 */
export function openSsh(settings: SshSettings): Transport<Duplex> {
  const timing: Timing = {
    // Long enough for a machine that is busy with a whole fleet's logins at once.
    connectWithin: settings.connectWithin ?? 15_000,
    keepalive: settings.keepalive ?? { every: 3000, times: 3 },
  };
  const connections = pool({
    resolve: settings.resolve,
    concurrency: settings.concurrency,
    timing,
    patience: settings.patience,
    resting: settings.resting,
    met: settings.met,
  });
  return {
    run: (host, command) => run({ connections, openWithin: timing.connectWithin }, host, command),
    connect: (host, target) => forward(connections, host, target, timing.connectWithin),
    close: () => connections.close(),
  };
}

/** One try. `again` says that the command was certainly not sent, and that another connection might take it. */
type Tried = { readonly ran: Ran; readonly again: boolean };

/** Runs the command; once anew when a connection that was kept turns out to have ended meanwhile. */
async function run(ways: Ways, host: Host, command: Command): Promise<Ran> {
  const first = await attempt(ways, host, command);
  return first.again ? (await attempt(ways, host, command)).ran : first.ran;
}

type Ways = { readonly connections: Pool; readonly openWithin: number };

/** The way there has deadlines of its own, however many hosts wait for theirs; those of the command begin when it stands. */
async function attempt({ connections, openWithin }: Ways, host: Host, command: Command): Promise<Tried> {
  const grip = await connections.get(host);
  if ("cause" in grip) return nothing({ type: "unsent", cause: grip.cause, reason: grip.reason }, false);
  const late = deadline(command.within);
  try {
    return await runOn(grip.connection, command, { late: late.signal, openWithin });
  } finally {
    late.clear();
    grip.release();
  }
}

type Deadlines = { readonly late: AbortSignal; readonly openWithin: number };

async function runOn(connection: Connection, command: Command, { late, openWithin }: Deadlines): Promise<Tried> {
  for (;;) {
    const release = await connection.sessions.take(late);
    if (release === undefined) return unsent(connection.ended ?? "no session was free in time", !late.aborted);
    try {
      const opening = deadline(openWithin, late);
      const started = await start(connection, command, opening.signal).finally(opening.clear);
      if (started.type === "started") {
        return { ran: await converse(started.session, command, late), again: false };
      }
      if (started.type === "lost") return nothing(started, false);
      if (started.type === "unsent") return unsent(started.reason, true);
      // Where even a single session is one too many, the server still counts some that we have closed.
      if (!connection.sessions.narrow()) {
        connection.end("the server allows no further session");
        return unsent("the server allows no further session", true);
      }
    } finally {
      release();
    }
  }
}

function unsent(reason: string, again: boolean): Tried {
  return nothing({ type: "unsent", cause: "unreachable", reason }, again);
}

function nothing(exit: Exit, again: boolean): Tried {
  return { ran: { exit, stdout: new Uint8Array(), stderr: new Uint8Array(), truncated: false }, again };
}
