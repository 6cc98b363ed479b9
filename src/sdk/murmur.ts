const encoder = new TextEncoder();

/**
 * MurmurHash3 (x86, 32 bits, seed 0) of the UTF-8 of two texts, one behind the other, as an unsigned number: what flagd buckets by.
 * Two, as to put them together first costs more than to hash them.
 * Source: Austin Appleby, MurmurHash3.cpp, public domain.
 */
export function murmur3(first: string, second: string): number {
  return isAscii(first) && isAscii(second) ? hashOfAscii(first, second) : hashOfBytes(encoder.encode(first + second));
}

/** Most keys are ASCII, and then its units are its bytes: to encode it would cost more than the rest. */
function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

function hashOfAscii(first: string, second: string): number {
  const length = first.length + second.length;
  const whole = length - (length % 4);
  let state = 0;
  for (let at = 0; at < whole; at += 4) {
    const low = unit(first, second, at) | (unit(first, second, at + 1) << 8);
    state = next(state, low | (unit(first, second, at + 2) << 16) | (unit(first, second, at + 3) << 24));
  }
  let tail = 0;
  for (let at = length - 1; at >= whole; at--) tail = (tail << 8) | unit(first, second, at);
  return finished(state ^ mixed(tail) ^ length);
}

function unit(first: string, second: string, at: number): number {
  return at < first.length ? first.charCodeAt(at) : second.charCodeAt(at - first.length);
}

function hashOfBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  const whole = length - (length % 4);
  let state = 0;
  for (let at = 0; at < whole; at += 4) state = next(state, view.getInt32(at, true));
  let tail = 0;
  for (let at = length - 1; at >= whole; at--) tail = (tail << 8) | view.getUint8(at);
  return finished(state ^ mixed(tail) ^ length);
}

function next(state: number, block: number): number {
  return (Math.imul(turned(state ^ mixed(block), 13), 5) + 0xe6546b64) | 0;
}

function mixed(block: number): number {
  return Math.imul(turned(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function turned(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

function finished(state: number): number {
  const once = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
