import type { Wire } from "../wire.ts";

/** Bytes that came from a peer, and bytes that its side has made room for, both since the beginning. */
export type Traffic = { readonly received: number; readonly taken: number };

/** What a question after a sign of life and its like may take, bytes: that much is taken from us by a dead line too. */
const questions = 4096;

export function trafficOf(socket: Wire): Traffic {
  return { received: socket.bytesRead, taken: socket.bytesWritten - socket.writableLength };
}

/**
 * Whether a peer gave a sign of life between two looks. Any byte from it is one, not only an answer; and so is data that
 * goes out: during a large upload over a slow line our question waits behind the data, and nothing comes back for long.
 */
export function isAlive(before: Traffic, now: Traffic): boolean {
  return now.received > before.received || now.taken - before.taken > questions;
}
