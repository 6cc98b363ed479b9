/** 50 values a side, or 1 against 2500. With more, and neither side tiny, U is as good as normal. */
const mostPairs = 2500;

/** Whether the exact distribution of U may be asked for, for m values against n. */
export function isCounted(m: number, n: number): boolean {
  return m * n <= mostPairs;
}

/**
 * P(U = u) for u = 0 … upTo ≤ m·n/2, of the Mann-Whitney U of m values against n without ties, when all orders are
 * equally likely. The ways to come to each u are the coefficients of ∏ (1 - q^(n+i)) / (1 - q^i), i = 1 … m, multiplied
 * and divided out one i after the other (Harding, An Efficient, Minimal-storage Procedure for Calculating the
 * Mann-Whitney U, Generalized U and Similar Distributions, Applied Statistics 33, 1984). Right to 13 digits.
 */
export function distributionOfU(m: number, n: number, upTo: number): Float64Array {
  const [fewer, more] = [Math.min(m, n), Math.max(m, n)];
  let ways: Float64Array = new Float64Array(upTo + 1).fill(1, 0, 1);
  let orders = 1;
  for (let i = 1; i <= fewer; i += 1) {
    ways = divided(multiplied(ways, more + i), i);
    orders *= (more + i) / i;
  }
  return ways.map((count) => count / orders);
}

/** Times 1 - q^power. */
function multiplied(series: Float64Array, power: number): Float64Array {
  return series.map((own, u) => own - (series[u - power] ?? 0));
}

/** By 1 - q^power: from the lowest coefficient upwards, each adds one that is done. */
function divided(series: Float64Array, power: number): Float64Array {
  const quotient = series.slice();
  series.forEach((own, u) => {
    quotient[u] = own + (quotient[u - power] ?? 0);
  });
  return quotient;
}
