/**
 * HMAC-SHA1 (RFC 2104, RFC 3174) of names, as known_hosts hashes them. Each line has a salt of its own, so that a thousand
 * hosts with hashed names are a million of these. What depends on the salt alone, or on the name alone, is worked out once;
 * Node's own takes more than twice as long for so short a text, most of it to begin and to end.
 */
export type SaltedHash = { readonly inner: Int32Array; readonly outer: Int32Array; readonly wanted: Int32Array };

/** A line's salt and hash; undefined where they have not the lengths that ssh gives them. */
export function saltedHash(salt: Uint8Array, hash: Uint8Array): SaltedHash | undefined {
  if (salt.length !== 20 || hash.length !== 20) return undefined;
  return { inner: keyed(salt, 0x36), outer: keyed(salt, 0x5c), wanted: words(hash, 5) };
}

/** A name as the one block that it fills behind the salt's; undefined for one that would need two. */
export function blockOf(name: string): Int32Array | undefined {
  const text = Buffer.from(name);
  return text.length > 55 ? undefined : lastBlock(text);
}

/** Whether the name of which `block` was made has the hash. */
export function fits({ inner, outer, wanted }: SaltedHash, block: Int32Array): boolean {
  compress(inner, block, digest);
  // The digest of what is within is 20 bytes; the rest of its block is always the same.
  outerBlock.set(digest);
  compress(outer, outerBlock, digest);
  return digest.every((word, at) => word === wanted[at]);
}

/** Made once: a million times each is a million pieces of garbage. */
const digest = new Int32Array(5);
const outerBlock = lastBlock(new Uint8Array(20));
const schedule = new Int32Array(80);
const start = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);

/** The state after the block of the salt. */
function keyed(salt: Uint8Array, pad: number): Int32Array {
  const block = new Uint8Array(64).fill(pad);
  for (const [at, byte] of salt.entries()) block[at] = byte ^ pad;
  const state = new Int32Array(5);
  compress(start, words(block, 16), state);
  return state;
}

/** What ends a text of which the 64 bytes before are hashed already. */
function lastBlock(text: Uint8Array): Int32Array {
  const bytes = Buffer.alloc(64);
  bytes.set(text);
  bytes[text.length] = 0x80;
  bytes.writeUInt32BE(8 * (64 + text.length), 60);
  return words(bytes, 16);
}

function words(bytes: Uint8Array, count: number): Int32Array {
  const from = Buffer.from(bytes);
  return Int32Array.from({ length: count }, (_, at) => from.readInt32BE(4 * at));
}

/** One block of SHA-1 on top of `state`, into `into`, which may be another's. */
function compress(state: Int32Array, block: Int32Array, into: Int32Array): void {
  const w = schedule;
  w.set(block);
  for (let i = 16; i < 80; i += 1) w[i] = turned(at(w, i - 3) ^ at(w, i - 8) ^ at(w, i - 14) ^ at(w, i - 16), 1);
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  for (let i = 0; i < 80; i += 1) {
    const next = (turned(a, 5) + mixed(i, b, c, d) + e + at(w, i)) | 0;
    e = d;
    d = c;
    c = turned(b, 30);
    b = a;
    a = next;
  }
  into[0] = at(state, 0) + a;
  into[1] = at(state, 1) + b;
  into[2] = at(state, 2) + c;
  into[3] = at(state, 3) + d;
  into[4] = at(state, 4) + e;
}

/** A round's function with its constant, as a whole number of 32 bits: what is larger would no longer be computed as one. */
function mixed(i: number, b: number, c: number, d: number): number {
  if (i < 20) return (((b & c) | (~b & d)) + 0x5a827999) | 0;
  if (i < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (i < 60) return (((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc) | 0;
  return ((b ^ c ^ d) + 0xca62c1d6) | 0;
}

function turned(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function at(list: Int32Array, index: number): number {
  return list[index] ?? 0;
}
