import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { publisher } from "./publisher.ts";

/** Traffic for one host's app; `close` ends it. */
export type Load = { close(): void };

/** Open connections for a host. */
const connections = 16;
/** Requests sent together on one connection, so that a fourth of them is busy at a time. */
const together = 4;
/** ms between two bursts of 16 requests: 64 a second, at few awakenings. */
const interval = 250;

/** The service has so many customers' apps, shop-0 to shop-999, which ask one after the other; every tenth pays for the plan pro. */
const customers = 1_000;

/**
 * Keeps connections open to the app of a host and asks on them at a steady pace, and has messages published. The answers
 * are not parsed: the app counts, and only reading and dropping keeps twelve hosts cheap. `index` spreads the hosts over
 * the interval, and over the customers.
 */
export function load(home: string, index: number): Load {
  const sockets: (Socket | undefined)[] = Array.from({ length: connections });
  const publishing = publisher();
  const requests = (count: number) => Array.from({ length: count }, next).join("");
  let customer = index * 83;
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
    for (let slot = 0; slot < connections; slot += 1) ask(sockets, { slot, port, turn, requests });
    publishing.burst(port);
  }
  function next() {
    customer = (customer + 1) % customers;
    return requestOf(customer);
  }
  return {
    close() {
      clearTimeout(timer);
      publishing.close();
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

function requestOf(customer: number): string {
  const plan = customer % 10 === 0 ? "pro" : "free";
  return `GET / HTTP/1.1\r\nhost: app\r\nx-load: 1\r\nx-app: shop-${customer}\r\nx-plan: ${plan}\r\n\r\n`;
}

type Turn = {
  readonly slot: number;
  readonly port: number;
  readonly turn: number;
  /** The next so many requests. */
  readonly requests: (count: number) => string;
};

/** A new connection asks at once, so that the app knows it for one of its users'. */
function ask(sockets: (Socket | undefined)[], { slot, port, turn, requests }: Turn): void {
  const socket = sockets[slot];
  if (socket === undefined) open(sockets, slot, port).write(requests(1));
  // An app that does not read must not pile up requests.
  else if (slot % together === turn % together && socket.writableLength === 0) socket.write(requests(together));
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
