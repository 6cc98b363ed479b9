/** Numbers from 0 up to 1. */
export type Draw = () => number;

/**
 * A stream of chance of its own for each key: sfc32 (Doty-Humphrey, PractRand), whose 128 bits of state leave room for
 * the thousands of millions of draws of one benchmark. The keys are mixed as MurmurHash3 ends.
 */
export function draws(...keys: readonly number[]): Draw {
  let [a, b, c] = [0x9e3779b9, 0x243f6a88, 0xb7e15162];
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (const key of keys) {
    a ^= mixed(key);
    for (let round = 0; round < 12; round += 1) next();
  }
  return next;
}

function mixed(key: number): number {
  let mix = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}

/** Above this mean, exp(-mean) is split, so that it stays far from the smallest number. */
const mostAtOnce = 500;

/** How often something happens that does so `mean` times on average: as many draws as it takes their product to fall (Knuth). */
export function poisson(draw: Draw, mean: number): number {
  if (mean > mostAtOnce) return poisson(draw, mostAtOnce) + poisson(draw, mean - mostAtOnce);
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = draw(); product > least; product *= draw()) count += 1;
  return count;
}

/** One or more, with this mean: how often one tries until it ends. */
export function geometric(draw: Draw, mean: number): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log1p(-draw()) / Math.log1p(-1 / mean));
}
