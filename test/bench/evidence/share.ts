/**
 * Between which shares the true one lies, at 95%, of `count` in `all` that were seen: exact (Clopper and Pearson,
 * Biometrika 26, 1934).
 */
export function shareRange(count: number, all: number): { readonly low: number; readonly high: number } {
  const upTo = (share: number, most: number) => binomialUpTo(most, all, share);
  return {
    low: count === 0 ? 0 : crossing((share) => 1 - upTo(share, count - 1) >= 0.025),
    high: count === all ? 1 : crossing((share) => upTo(share, count) <= 0.025),
  };
}

/** The share from which on it is so. */
function crossing(isSo: (share: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let halving = 0; halving < 60; halving += 1) {
    const middle = (low + high) / 2;
    if (isSo(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The chance of `most` or fewer in `all`, each with a chance of `share`. */
function binomialUpTo(most: number, all: number, share: number): number {
  let log = all * Math.log1p(-share);
  let sum = Math.exp(log);
  for (let count = 1; count <= most; count += 1) {
    log += Math.log((all - count + 1) / count) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(log);
  }
  return sum;
}

/** The middle of the numbers; undefined of none. */
export function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)];
}
