import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Command } from "../core/transport.ts";
import { before } from "./deadline.ts";

/** Written at once; a larger chunk is cut, so that one command does not hold up the others of its connection. */
const slice = 65_536;

/**
 * Writes `stdin` to `channel` and ends it, no faster than the line takes it. Stops at `over` and leaves the rest
 * unread: after a remote exit ssh2 never calls a write back (mscdex/ssh2#1508). Rejects when `stdin` itself fails; the
 * channel is not ended then, so that what came before cannot pass for the whole.
 */
export async function feed(
  channel: Writable,
  socket: Writable,
  stdin: Command["stdin"],
  over: AbortSignal,
): Promise<void> {
  const source = Symbol.asyncIterator in stdin ? stdin[Symbol.asyncIterator]() : stdin[Symbol.iterator]();
  try {
    for (;;) {
      const next = await before(over, Promise.resolve(source.next()));
      if (next === undefined || over.aborted) return;
      if (next.done === true) {
        channel.end();
        return;
      }
      await write(channel, socket, next.value, over);
    }
  } finally {
    // A source that waits for something is told, and not waited for.
    void Promise.resolve(source.return?.()).catch(() => undefined);
  }
}

async function write(channel: Writable, socket: Writable, chunk: Uint8Array, over: AbortSignal): Promise<void> {
  for (let at = 0; at < chunk.length && !over.aborted; at += slice) {
    if (!channel.write(chunk.subarray(at, at + slice))) await drained(channel, over);
    // The channel's window may be larger than the line is fast: what piles up in the socket delays signs of life.
    if (socket.writableNeedDrain) await drained(socket, over);
  }
}

async function drained(stream: Writable, over: AbortSignal): Promise<void> {
  await once(stream, "drain", { signal: over }).catch(() => undefined);
}
