/** What a command wrote, kept up to a cap; the rest is read and let go, because an unread stream stops the command. */
export type Capture = { add(chunk: Uint8Array): void; bytes(): Uint8Array; truncated(): boolean };

/** Keeps the first `cap` bytes. */
export function firstBytes(cap: number): Capture {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let seen = 0;
  return {
    add(chunk) {
      seen += chunk.length;
      if (kept >= cap) return;
      const part = chunk.subarray(0, cap - kept);
      chunks.push(part);
      kept += part.length;
    },
    bytes: () => Buffer.concat(chunks),
    truncated: () => seen > cap,
  };
}

/** Keeps the last `cap` bytes: of complaints, the last ones say what went wrong. */
export function lastBytes(cap: number): Capture {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let seen = 0;
  return {
    add(chunk) {
      seen += chunk.length;
      chunks.push(chunk);
      kept += chunk.length;
      while (kept - (chunks[0]?.length ?? 0) >= cap) kept -= chunks.shift()?.length ?? 0;
    },
    bytes: () => Buffer.concat(chunks).subarray(-cap),
    truncated: () => seen > cap,
  };
}
