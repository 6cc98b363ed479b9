const encoder = new TextEncoder();
const shortest = 256;
/** A text of 256 UTF-16 units is 768 bytes of UTF-8 at most. */
const scratch = new Uint8Array(shortest * 3);
const scratchView = new DataView(scratch.buffer);

/**
 * MurmurHash3 (x86, 32 bits, seed 0) of the text's UTF-8, as an unsigned number: what flagd buckets by.
 * Source: Austin Appleby, MurmurHash3.cpp, public domain.
 */
export function murmur3(text: string): number {
  if (text.length <= shortest) return hashed(scratchView, written(text));
  const bytes = encoder.encode(text);
  return hashed(new DataView(bytes.buffer), bytes.length);
}

/** Writes the text into the scratch → its length in bytes. Most keys are ASCII, for which the encoder is the dearest way. */
function written(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 127) return encoder.encodeInto(text, scratch).written;
    scratch[at] = unit;
  }
  return text.length;
}

function hashed(bytes: DataView, length: number): number {
  const whole = length - (length % 4);
  let state = 0;
  for (let at = 0; at < whole; at += 4) {
    state = turned(state ^ mixed(bytes.getInt32(at, true)), 13);
    state = (Math.imul(state, 5) + 0xe6546b64) | 0;
  }
  return finished(state ^ mixed(tail(bytes, whole, length)) ^ length);
}

function mixed(block: number): number {
  return Math.imul(turned(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function turned(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

function tail(bytes: DataView, from: number, length: number): number {
  let block = 0;
  for (let at = length - 1; at >= from; at--) block = (block << 8) | bytes.getUint8(at);
  return block;
}

function finished(state: number): number {
  const once = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
