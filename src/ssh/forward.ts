import type { Duplex } from "node:stream";
import type { Host } from "../core/fleet.ts";
import type { Channel } from "./channels.ts";
import type { Connection } from "./connection.ts";
import { deadline } from "./deadline.ts";
import type { Pool } from "./pool/pool.ts";

type Address = { readonly address: string; readonly port: number };

/**
 * A stream from `host` to what listens at `target`, as the host sees it. It ends when the other side ends, as a plain
 * socket does, and errors when the connection breaks: a cut answer must not look like a whole one. Rejects with an
 * Error that says why; `within` ms after the way to the host stands at the latest.
 */
export async function forward(connections: Pool, host: Host, target: Address, within: number): Promise<Duplex> {
  const grip = await connections.get(host);
  if ("cause" in grip) throw barred(grip.reason);
  const late = deadline(within);
  try {
    const stream = await open(grip.connection, target, late.signal);
    stream.once("close", grip.release);
    return stream;
  } catch (error) {
    grip.release();
    throw error;
  } finally {
    late.clear();
  }
}

function open(connection: Connection, target: Address, late: AbortSignal): Promise<Duplex> {
  const { address, port } = target;
  return new Promise((resolve, reject) => {
    late.addEventListener("abort", () => reject(new Error(`no answer from ${address}:${port} in time`)), {
      once: true,
    });
    try {
      connection.client.forwardOut({ address: "127.0.0.1", port: 0 }, target, (error, channel) => {
        if (error !== undefined) return reject(plainly(connection, error, target));
        const stream = likeSocket(connection, channel);
        if (late.aborted) stream.destroy();
        resolve(stream);
      });
    } catch {
      connection.drop("the connection had ended");
      reject(barred(connection.ended ?? "the connection had ended"));
    }
  });
}

function likeSocket(connection: Connection, channel: Channel): Duplex {
  // Whoever is done with the stream may have taken its listeners off, and an unheard error would end the process.
  channel.on("error", () => undefined);
  const off = connection.onEnd((reason) => channel.emit("error", barred(reason)));
  channel.once("close", off);
  channel.once("end", () => channel.end());
  return channel;
}

/** 1 is "administratively prohibited", 2 "connect failed" (RFC 4254, 5.1). */
function plainly(connection: Connection, error: Error, { address, port }: Address): Error {
  if (connection.ended !== undefined) return barred(connection.ended);
  const reason = "reason" in error ? error.reason : undefined;
  if (reason === 1) return forbidden();
  return new Error(reason === 2 ? `nothing answers at ${address}:${port} on the host` : error.message);
}

function forbidden(): Error {
  return Object.assign(new Error("the host's sshd forbids forwarding (AllowTcpForwarding)"), { code: "EACCES" });
}

/** The way to the host failed, which says nothing of what listens there. */
function barred(message: string): Error {
  return Object.assign(new Error(message), { code: "EHOSTUNREACH" });
}
