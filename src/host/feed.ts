import type { Uplink } from "./uplink.ts";

/** Resolves when a program's word is in what it wrote; `listen` is told the parts of that as they come. */
export type Word = { readonly heard: Promise<void>; readonly listen: (part: Uint8Array) => void };

export function listenFor(word: string): Word {
  let hear: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  let tail = "";
  const listen = (part: Uint8Array) => {
    const text = tail + Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1");
    if (text.includes(word)) hear();
    tail = text.slice(1 - word.length);
  };
  return { heard, listen };
}

/** Lets bytes go when the uplink has room for them, and counts them as they go. */
export async function* through(uplink: Uplink, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    await uplink.pass(part.length);
    yield part;
  }
}
