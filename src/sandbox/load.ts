import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

/** Traffic for one host's app; `close` ends it. */
export type Load = { close(): void };

/** Open connections for a host. */
const connections = 16;
/** Requests sent together on one connection, so that a fourth of them is busy at a time. */
const together = 4;
/** ms between two bursts of 16 requests: 64 a second, at few awakenings. */
const interval = 250;

const request = "GET / HTTP/1.1\r\nhost: app\r\nx-load: 1\r\n\r\n";

/**
 * Keeps connections open to the app of a host and asks on them at a steady pace. The answers are not parsed: the app
 * counts, and only reading and dropping keeps twelve hosts cheap. `index` spreads the hosts over the interval.
 */
export function load(home: string, index: number): Load {
  const sockets: (Socket | undefined)[] = Array.from({ length: connections });
  let turn = 0;
  let timer = setTimeout(begin, (index % 12) * (interval / 12));
  function begin() {
    burst();
    timer = setInterval(burst, interval);
  }
  function burst() {
    turn += 1;
    const port = portOf(home, 8080);
    if (port === undefined) return;
    for (let slot = 0; slot < connections; slot += 1) ask(sockets, { slot, port, turn });
  }
  return {
    close() {
      clearTimeout(timer);
      for (const socket of sockets) socket?.destroy();
    },
  };
}

/** The real port behind a port of the host's own loopback, as the app there wrote it. */
export function portOf(home: string, port: number): number | undefined {
  try {
    const real = Number(readFileSync(join(home, ".net", String(port)), "utf8"));
    return Number.isInteger(real) && real > 0 ? real : undefined;
  } catch {
    return undefined;
  }
}

type Turn = { readonly slot: number; readonly port: number; readonly turn: number };

/** A new connection asks at once, so that the app knows it for one of its users'. */
function ask(sockets: (Socket | undefined)[], { slot, port, turn }: Turn): void {
  const socket = sockets[slot];
  if (socket === undefined) open(sockets, slot, port).write(request);
  // An app that does not read must not pile up requests.
  else if (slot % together === turn % together && socket.writableLength === 0) socket.write(request.repeat(together));
}

function open(sockets: (Socket | undefined)[], slot: number, port: number): Socket {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  socket.on("error", () => {});
  socket.on("close", () => {
    if (sockets[slot] === socket) sockets[slot] = undefined;
  });
  sockets[slot] = socket;
  return socket.resume();
}
