import { connect } from "node:net";
import ssh2, { type Client, type ConnectConfig } from "ssh2";
import { type Channels, channelsOf } from "./channels.ts";
import { onAbort } from "./deadline.ts";
import { diagnose, type Failed, plainly, type Seen } from "./diagnosis.ts";
import { ciphers, hostKeyAlgorithms, kex, macs } from "./login/algorithms.ts";
import { logins } from "./login/login.ts";
import { signAtOnce } from "./login/sign-at-once.ts";
import { isAlive, trafficOf } from "./pool/life.ts";
import { type Slots, slots } from "./pool/slots.ts";
import type { LoggedIn } from "./route.ts";
import type { Target } from "./target.ts";
import { sendTogether } from "./together.ts";
import { ignoreRotation } from "./trust/no-rotation.ts";
import { keyFault } from "./trust/trust.ts";
import type { Wire } from "./wire.ts";

/** How long things may take, ms. */
export type Timing = {
  /** From the first packet to the finished login; also for opening a channel. */
  readonly connectWithin: number;
  /** A peer is asked for a sign of life every `every` ms, and given up when `times` questions in a row brought none. */
  readonly keepalive: { readonly every: number; readonly times: number };
};

/** sshd allows ten sessions a connection (MaxSessions); we stay below, as a closed one may still count for a while. */
const sessionsAtOnce = 8;

/** One login on one host, kept for all that is done there. */
export class Connection {
  readonly client: Channels;
  readonly socket: Wire;
  readonly sessions: Slots = slots(sessionsAtOnce);
  /** How it came to be, where ship itself logged in. */
  loggedIn: LoggedIn | undefined;
  #ended: string | undefined;
  readonly #listeners = new Set<(reason: string) => void>();

  constructor(client: Channels, socket: Wire) {
    this.client = client;
    this.socket = socket;
  }

  /** Why it ended; undefined while it stands. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Calls `listener` when the connection ends, before its channels notice. Returns what takes it off again. */
  onEnd(listener: (reason: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says goodbye and ends the connection. What still ran on it is lost. */
  end(reason: string): void {
    this.client.end();
    this.socket.destroySoon();
    this.over(reason);
  }

  /** Ends the connection at once, for a peer that would not read a goodbye. Nothing more is sent from here on. */
  drop(reason: string): void {
    this.over(reason);
    this.socket.destroy();
  }

  /** Notes that the connection has ended, if that is news. */
  over(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.sessions.close();
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
  }
}

/** A TCP connection to a target that nothing stands before. */
export function directly({ address, port, family }: Target): Wire {
  return connect({ host: address, port, noDelay: true, ...(family === undefined ? {} : { family }) });
}

/** Logs in over `socket`; why that failed is a value. `closing` gives it up. */
export function dial(
  target: Target,
  socket: Wire,
  { timing, closing }: { readonly timing: Timing; readonly closing: AbortSignal },
): Promise<Connection | Failed> {
  const client = new ssh2.Client();
  // Each channel that waits to write waits for the socket.
  socket.setMaxListeners(0);
  const connection = new Connection(channelsOf(client), socket);
  const login = logins(target);
  const seen: Draft = { errors: [], keyFault: undefined, handshaken: false, shown: undefined, wanted: login.wanted };
  const dialled = new Promise<Connection | Failed>((resolve) => {
    client.on("ready", () => {
      // What went wrong on the way no longer matters, and must not explain a later end.
      seen.errors.length = 0;
      connection.loggedIn = { by: login.by(), shown: seen.shown };
      watch(connection, timing);
      resolve(connection);
    });
    client.on("close", () => {
      const last = seen.errors.at(-1);
      connection.over(last === undefined ? "the host closed the connection" : plainly(last));
      resolve(diagnose(target, seen));
    });
  });
  listen(client, socket, seen);
  const dialect = { ...dialectFor(target, timing), authHandler: login.handler };
  client.connect({ ...dialect, sock: socket, hostVerifier: verifier(target, seen) });
  signAtOnce(client);
  ignoreRotation(client);
  sendTogether(socket);
  return patiently(dialled, socket, { timing, closing, seen });
}

/** `Seen`, while it is still being seen. */
type Draft = Omit<Seen, "errors"> & {
  errors: Error[];
  keyFault: string | undefined;
  handshaken: boolean;
  shown: Uint8Array | undefined;
};

function listen(client: Client, socket: Wire, seen: Draft): void {
  client.on("handshake", () => {
    seen.handshaken = true;
  });
  // The listener stays for good: ssh2 may tell errors late, and an error without a listener would end the process.
  client.on("error", (error) => {
    seen.errors.push(error);
    if (!goesOn(error)) socket.destroy();
  });
}

/** ssh2 takes any answer but `false` for a yes, so nothing but a boolean may come from here, and at once. */
function verifier(target: Target, seen: Draft): (key: Buffer) => boolean {
  return (key) => {
    seen.shown = key;
    seen.keyFault = keyFault(target, key);
    return seen.keyFault === undefined;
  };
}

type Bounds = { readonly timing: Timing; readonly closing: AbortSignal; readonly seen: Draft };

async function patiently<T>(dialled: Promise<T>, socket: Wire, { timing, closing, seen }: Bounds): Promise<T> {
  const timer = setTimeout(() => {
    const what = seen.handshaken ? "the login" : "the connection";
    seen.errors.unshift(new Error(`${what} did not come about within ${timing.connectWithin / 1000} s`));
    socket.destroy();
  }, timing.connectWithin);
  const off = onAbort(closing, () => socket.destroy());
  try {
    return await dialled;
  } finally {
    clearTimeout(timer);
    off();
  }
}

function dialectFor(target: Target, timing: Timing): ConnectConfig {
  return {
    username: target.user,
    agentForward: false,
    algorithms: {
      ...{ kex, cipher: ciphers, hmac: macs, compress: ["none"] },
      serverHostKey: hostKeyAlgorithms(target),
    },
    // The timer in `dial` covers more than this one, which does not see the socket.
    readyTimeout: 0,
    // ssh2 asks for signs of life; `watch` judges them.
    keepaliveInterval: timing.keepalive.every,
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
  };
}

/** A key that cannot sign is told as an error, and then the next one is tried. */
function goesOn(error: Error): boolean {
  if (!("level" in error) || error.message.startsWith("All configured")) return false;
  return error.level === "agent" || error.level === "client-authentication";
}

/** Gives a silent peer up. */
function watch(connection: Connection, { keepalive }: Timing): void {
  let before = trafficOf(connection.socket);
  let silent = 0;
  const timer = setInterval(() => {
    const now = trafficOf(connection.socket);
    silent = isAlive(before, now) ? 0 : silent + 1;
    before = now;
    // The first question goes out at the end of the first silent interval, so its answer may be missed one later.
    if (silent > keepalive.times) connection.drop(`no sign of life for ${(silent * keepalive.every) / 1000} s`);
  }, keepalive.every);
  connection.onEnd(() => clearInterval(timer));
}
