/** Numbers from 0 up to 1, the same ones for the same seed: mulberry32, by Tommy Ettinger. */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of `all` events are bad, each with a chance of `rate` below one: jumps from bad event to bad event. */
export function binomial(draw: () => number, all: number, rate: number): number {
  if (rate === 0) return 0;
  let bad = -1;
  for (let at = 0; at <= all; bad += 1) at += 1 + Math.floor(Math.log1p(-draw()) / Math.log1p(-rate));
  return bad;
}
