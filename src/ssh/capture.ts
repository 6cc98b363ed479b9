/** What a command wrote, kept up to a cap; the rest is read and let go, because an unread stream stops the command. */
export type Capture = { add(chunk: Uint8Array): void; bytes(): Uint8Array; truncated(): boolean };

/** Keeps a copy of the first `cap` bytes: a chunk of one byte may hold on to all that was received with it. */
export function firstBytes(cap: number): Capture {
  let kept = Buffer.alloc(0);
  let length = 0;
  let seen = 0;
  return {
    add(chunk) {
      seen += chunk.length;
      const part = chunk.subarray(0, cap - length);
      if (part.length === 0) return;
      const needed = length + part.length;
      if (needed > kept.length) kept = Buffer.concat([kept], Math.min(cap, Math.max(4096, 2 * needed)));
      kept.set(part, length);
      length = needed;
    },
    bytes: () => kept.subarray(0, length),
    truncated: () => seen > cap,
  };
}

/** Keeps a copy of the last `cap` bytes, in a ring: of complaints, the last ones say what went wrong. */
export function lastBytes(cap: number): Capture {
  let ring = Buffer.alloc(0);
  let seen = 0;
  return {
    add(chunk) {
      if (ring.length === 0) ring = Buffer.alloc(cap);
      const part = chunk.subarray(-cap);
      const at = (seen + chunk.length - part.length) % cap;
      const head = part.subarray(0, cap - at);
      ring.set(head, at);
      ring.set(part.subarray(head.length), 0);
      seen += chunk.length;
    },
    bytes: () =>
      seen <= cap ? ring.subarray(0, seen) : Buffer.concat([ring.subarray(seen % cap), ring.subarray(0, seen % cap)]),
    truncated: () => seen > cap,
  };
}
