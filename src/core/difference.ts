/**
 * The k-th smallest, from 1, of all differences x - y, without making them all: the range that holds it is halved again
 * and again, and drawn in to differences that occur, until one is left; some 50 rounds of m + n steps. Both sides
 * ascend, are not empty, and have no difference that is not finite.
 */
export function differenceAt(k: number, x: Float64Array, y: Float64Array): number {
  let low = split(Number.NEGATIVE_INFINITY, x, y).above;
  let high = split(Number.POSITIVE_INFINITY, x, y).below;
  while (low < high) {
    const middle = low / 2 + high / 2;
    const { count, below, above } = split(middle < high ? middle : low, x, y);
    if (count >= k) high = below;
    else low = above;
  }
  return high;
}

type Split = { readonly count: number; readonly below: number; readonly above: number };

/** How many differences are at most the limit, the largest of these, and the smallest of the others. */
function split(limit: number, x: Float64Array, y: Float64Array): Split {
  let [count, below, above] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let first = 0;
  for (const value of x) {
    while (value - (y[first] ?? Number.POSITIVE_INFINITY) > limit) first += 1;
    count += y.length - first;
    below = Math.max(below, value - (y[first] ?? Number.POSITIVE_INFINITY));
    above = Math.min(above, value - (y[first - 1] ?? Number.NEGATIVE_INFINITY));
  }
  return { count, below, above };
}
