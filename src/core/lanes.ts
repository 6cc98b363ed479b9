/** A host whose bytes come slower than 20 kB a second has failed: under a cap so few get theirs at once that each has more. */
const enough = 80_000;

/** What each upload that is under way keeps when the cap comes down, bytes a second: a slower line makes no host fail. */
const least = 40_000;

/** How many hosts may get their bytes at once. `bandwidth`: bytes a second, undefined for as many as the line takes. */
export function lanesOf(concurrency: number, bandwidth: number | undefined): number {
  return bandwidth === undefined ? concurrency : Math.max(1, Math.min(concurrency, Math.floor(bandwidth / enough)));
}

/** Bytes a second for all uploads together while so many are under way that were begun under a higher cap. */
export function rateFor(bandwidth: number, uploads: number): number {
  return Math.max(bandwidth, least * uploads);
}
