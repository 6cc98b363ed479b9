import fc from "fast-check";

/** Permeability of the human chorioamnion at term, and at 12 to 26 weeks (Hollander & Wolfe 1973, p. 69). */
export const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
export const early = [1.15, 0.88, 0.9, 0.74, 1.21];

/** How often chance gives each doubled U: one entry for every way to call m of the values x. */
export function everyU(values: readonly number[], m: number): readonly number[] {
  return choices(values, m).map(([x, y]) => doubledU(x, y));
}

type Choice = readonly [x: readonly number[], y: readonly number[]];

function choices(values: readonly number[], m: number): readonly Choice[] {
  const [first, ...rest] = values;
  if (first === undefined) return m === 0 ? [[[], []]] : [];
  const chosen = m === 0 ? [] : choices(rest, m - 1).map(([x, y]): Choice => [[first, ...x], y]);
  return [...chosen, ...choices(rest, m).map(([x, y]): Choice => [x, [first, ...y]])];
}

/** Straight from the definition: 2 for every pair with the larger x, 1 for every equal one. */
export function doubledU(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, left) => y.reduce((all, right) => all + 1 + Math.sign(left - right), sum), 0);
}

/** Two samples of whole numbers, each of at least one and at most `most`; without ties, x is even and y is odd. */
export function samples(most: number, ties: "ties" | "no ties"): fc.Arbitrary<readonly [number[], number[]]> {
  const value = fc.integer({ min: -250, max: 250 });
  const shape = { minLength: 1, maxLength: most, size: "max" } as const;
  if (ties === "ties") {
    const tied = fc.array(fc.oneof(value, fc.integer({ min: 0, max: 4 })), shape);
    return fc.tuple(tied, tied);
  }
  const even = fc.uniqueArray(
    value.map((half) => 2 * half),
    shape,
  );
  return fc.tuple(
    even,
    even.map((values) => values.map((one) => one + 1)),
  );
}
