/** Each number of bad events that `all` events can have, and in how many orders. */
export function outcomes(all: number): readonly { readonly bad: number; readonly ways: number }[] {
  let ways = 1;
  return Array.from({ length: all + 1 }, (_, bad) => {
    if (bad > 0) ways *= (all - bad + 1) / bad;
    return { bad, ways };
  });
}

/** The mean of a statistic over all numbers of bad events at a true rate. */
export function mean(all: number, rate: number, statistic: (bad: number) => number): number {
  return outcomes(all).reduce(
    (sum, { bad, ways }) => sum + ways * rate ** bad * (1 - rate) ** (all - bad) * statistic(bad),
    0,
  );
}
