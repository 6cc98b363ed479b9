/**
 * P(Z > z) of a standard normal variable, to twelve significant digits, far out in the tail too. Near the middle by
 * Marsaglia's series (Evaluating the Normal Distribution, J. Stat. Software 11(4), 2004, equation 1); beyond, where the
 * series would lose its digits, by Laplace's continued fraction (Abramowitz & Stegun 1964, 26.2.14). NaN for NaN.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  return z < 3 ? 0.5 - density(z) * series(z) : density(z) / fraction(z);
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** z + z³/3 + z⁵/(3·5) + …: below 3 its terms are nothing beside the sum long before the fortieth. */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; odd < 83; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** z + 1/(z + 2/(z + 3/(z + …))), from the far end: from 3 on, a hundred steps settle every digit. */
function fraction(z: number): number {
  let value = z;
  for (let step = 100; step > 0; step -= 1) value = z + step / value;
  return value;
}
