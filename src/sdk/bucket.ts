/** A token bucket: at `at` milliseconds it held `tokens`, and `rate` more come every second. Source: ITU-T I.371, leaky bucket. */
export type Bucket = { readonly rate: number; readonly tokens: number; readonly at: number };

/** How much of a second's rate can be saved up. A timer that is late by less loses nothing, and a minute gives 0.8% too much at most. */
const saved = 0.5;

/** A full bucket: the first call need not wait. */
export function bucketOf(rate: number, now: number): Bucket {
  return { rate, tokens: roomOf(rate), at: now };
}

/** The bucket as it is now. A clock that goes back adds nothing. */
export function filled({ rate, tokens, at }: Bucket, now: number): Bucket {
  return { rate, tokens: Math.min(roomOf(rate), tokens + (rate * Math.max(0, now - at)) / 1_000), at: now };
}

/** The bucket with another rate from now on; what was saved is kept as far as there is room. At 0 there is none. */
export function rated(bucket: Bucket, rate: number, now: number): Bucket {
  return filled({ ...filled(bucket, now), rate }, now);
}

/** The milliseconds until there is a whole token; without an end at rate 0. */
export function waitOf({ rate, tokens }: Bucket): number {
  return tokens >= 1 ? 0 : ((1 - tokens) * 1_000) / rate;
}

/** Half a second's worth, but a whole token, or a rate below 2 would never let anything through. */
function roomOf(rate: number): number {
  return rate > 0 ? Math.max(1, rate * saved) : 0;
}
