/**
 * A token bucket: at `at` milliseconds it held `tokens`, and `rate` more come every second. It is changed in place, since a new one at
 * every call would cost more than all else that a call does. Source: ITU-T I.371, leaky bucket.
 */
export type Bucket = { rate: number; tokens: number; at: number; room: number };

/** How much of a second's rate can be saved up. A timer that is late by less loses nothing, and a minute gives 0.8% too much at most. */
const saved = 0.5;

/** A full bucket: the first call need not wait. */
export function bucketOf(rate: number, now: number): Bucket {
  const room = roomOf(rate);
  return { rate, tokens: room, at: now, room };
}

/** Brings the bucket to now. A clock that goes back adds nothing. */
export function fill(bucket: Bucket, now: number): void {
  const more = (bucket.rate * Math.max(0, now - bucket.at)) / 1_000;
  bucket.tokens = Math.min(bucket.room, bucket.tokens + more);
  bucket.at = now;
}

/** Gives the bucket another rate from now on; what was saved is kept as far as there is room. At 0 there is none. */
export function change(bucket: Bucket, rate: number, now: number): void {
  fill(bucket, now);
  bucket.rate = rate;
  bucket.room = roomOf(rate);
  bucket.tokens = Math.min(bucket.room, bucket.tokens);
}

/** The milliseconds until there is a whole token; without an end at rate 0. */
export function waitOf({ rate, tokens }: Bucket): number {
  return tokens >= 1 ? 0 : ((1 - tokens) * 1_000) / rate;
}

/** Half a second's worth, but a whole token, or a rate below 2 would never let anything through. */
function roomOf(rate: number): number {
  return rate > 0 ? Math.max(1, rate * saved) : 0;
}
