import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rankSum } from "../../src/core/rank.ts";
import { type Shift, shift } from "../../src/core/shift.ts";
import { atTerm, early, everyU, samples } from "./ranking.ts";

function shiftOf(x: readonly number[], y: readonly number[], confidence: number): Shift {
  return shift(x, y, confidence) ?? { estimate: Number.NaN, low: Number.NaN, high: Number.NaN };
}

function expectShift(actual: Shift, estimate: number, low: number, high: number): void {
  expect(actual.estimate).toBeCloseTo(estimate, 10);
  expect(actual.low).toBeCloseTo(low, 10);
  expect(actual.high).toBeCloseTo(high, 10);
}

const unbounded = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

describe("published values", () => {
  test("chorioamnion, 95%: wilcox_test of R's package coin, as shown on R-help on 1 October 2006", () => {
    expectShift(shiftOf(atTerm, early, 0.95), 0.305, -0.15, 0.76);
  });

  test("chorioamnion, 90%: wilcox.test of R 4.2.2, as kept in the tests of R's package tidystats", () => {
    expectShift(shiftOf(atTerm, early, 0.9), 0.305, -0.08, 0.72);
  });

  test("reaction times with many ties, 98%: the manual of SAS' PROC NPAR1WAY, example Hodges-Lehmann Estimation", () => {
    const first = [1.94, 1.94, 2.92, 2.92, 2.92, 2.92, 3.27, 3.27, 3.27, 3.27, 3.7, 3.7, 3.74];
    const second = [3.27, 3.27, 3.27, 3.7, 3.7, 3.74];
    expectShift(shiftOf(second, first, 0.98), 0.35, 0, 0.82);
  });

  test("50 against 100, 95%: the manual of NAG's routine g07eb, whose result has four digits", () => {
    expectShift(shiftOf(nag.y, nag.x, 0.95), 0.9505, 0.565, 1.305);
  });
});

/** Straight from the definition, with all differences made and all orders counted. */
function counted(x: readonly number[], y: readonly number[], confidence: number): Shift {
  const differences = x.flatMap((left) => y.map((right) => left - right)).sort((left, right) => left - right);
  const at = (index: number) => differences.at(index) ?? Number.NaN;
  const middle = (differences.length - 1) / 2;
  const estimate = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  const all = everyU(
    [...x, ...y].map((_, index) => index),
    x.length,
  );
  const most = (all.length * (1 - confidence)) / 2 + 1e-6;
  const rank = differences.filter((_, u) => all.filter((doubled) => doubled <= 2 * u).length <= most).length;
  return rank === 0 ? { estimate, ...unbounded } : { estimate, low: at(rank - 1), high: at(-rank) };
}

const confidence = fc.constantFrom(0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999);

describe.each(["ties", "no ties"] as const)("whatever the samples, with %s", (ties) => {
  const two = fc.oneof(samples(12, ties), fc.noShrink(samples(70, ties)));

  test("it is what all differences and all orders give, up to 6 against 6", () => {
    fc.assert(
      fc.property(samples(6, ties), confidence, ([x, y], sure) => {
        const { estimate, low, high } = counted(x, y, sure);
        expectShift(shiftOf(x, y, sure), estimate, low, high);
      }),
    );
  });

  test("swapping them turns it round", () => {
    fc.assert(
      fc.property(two, confidence, ([x, y], sure) => {
        const { estimate, low, high } = shiftOf(y, x, sure);
        expect(shiftOf(x, y, sure)).toEqual({ estimate: 0 - estimate, low: 0 - high, high: 0 - low });
      }),
    );
  });

  test("adding to x moves it by as much, and the order of coming does not matter", () => {
    fc.assert(
      fc.property(two, confidence, fc.integer({ min: -1000, max: 1000 }), ([x, y], sure, by) => {
        const { estimate, low, high } = shiftOf(x, y, sure);
        const moved = x.map((value) => value + by).toReversed();
        expect(shiftOf(moved, y, sure)).toEqual({ estimate: estimate + by, low: low + by, high: high + by });
      }),
    );
  });

  test("the interval holds the estimate, and with more confidence also all that less confidence gave", () => {
    fc.assert(
      fc.property(two, confidence, confidence, ([x, y], one, other) => {
        const [narrow, wide] = [shiftOf(x, y, Math.min(one, other)), shiftOf(x, y, Math.max(one, other))];
        const ordered = [wide.low, narrow.low, narrow.estimate, narrow.high, wide.high];
        expect(ordered).toEqual(ordered.toSorted((left, right) => left - right));
        expect(wide.estimate).toBe(narrow.estimate);
      }),
    );
  });
});

test("without ties the interval leaves out 0 exactly when the exact test rejects at the same confidence", () => {
  fc.assert(
    fc.property(samples(15, "no ties"), confidence, ([x, y], sure) => {
      const { low, high } = shiftOf(x, y, sure);
      const rejected = (rankSum(x, y)?.p.twoSided ?? 1) <= (1 - sure) * (1 + 1e-9);
      fc.pre(sure > 0);
      expect(low > 0 || high < 0).toBe(rejected);
    }),
  );
});

test("too few values for the confidence bound nothing", () => {
  const eleven = Array.from({ length: 11 }, (_, index) => index);
  expect(shift([100], eleven, 0.999)).toEqual({ estimate: 95, ...unbounded });
  expect(shift([100], eleven, 0.8)).toEqual({ estimate: 95, low: 90, high: 100 });
  expect(shift([1], Array(11).fill(0), 0.999)).toEqual({ estimate: 1, ...unbounded });
  expect(shift([1, 2, 3], [4, 5, 6], 0.9)).toEqual({ estimate: -3, low: -5, high: -1 });
  expect(shift([1, 2, 3], [4, 5, 6], 0.91)).toEqual({ estimate: -3, ...unbounded });
  expect(shift([9, 9], Array(2000).fill(0), 0.999)).toEqual({ estimate: 9, ...unbounded });
});

test("no confidence that is possible bounds anything when it is 1 or no number", () => {
  expect(shift(atTerm, early, 1)).toMatchObject(unbounded);
  expect(shift(atTerm, early, Number.NaN)).toMatchObject(unbounded);
});

test("an empty sample gives no result, and what is not finite is left out", () => {
  expect(shift([], [1], 0.95)).toBeUndefined();
  expect(shift([1], [Number.NaN], 0.95)).toBeUndefined();
  expect(shift([Number.NaN, ...atTerm], [...early, Number.NEGATIVE_INFINITY], 0.95)).toEqual(
    shift(atTerm, early, 0.95),
  );
});

test("a long bake is judged by its newest 2000 values", () => {
  const newest = Array.from({ length: 2000 }, (_, index) => index % 97);
  expect(shift([...Array(3000).fill(1e6), ...newest], newest, 0.999)).toEqual(shift(newest, newest, 0.999));
  expect(shift(newest, newest, 0.999)?.estimate).toBe(0);
});

/** Data of NAG's example program for g07eb. */
const nag = {
  x: [
    -0.582, 0.157, -0.523, -0.769, 2.338, 1.664, -0.981, 1.549, 1.131, -0.46, -0.484, 1.932, 0.306, -0.602, -0.979,
    0.132, 0.256, -0.094, 1.065, -1.084, -0.969, -0.524, 0.239, 1.512, -0.782, -0.252, -1.163, 1.376, 1.674, 0.831,
    1.478, -1.486, -0.808, -0.429, -2.002, 0.482, -1.584, -0.105, 0.429, 0.568, 0.944, 2.558, -1.801, 0.242, 0.763,
    -0.461, -1.497, -1.353, 0.301, 1.941,
  ],
  y: [
    1.995, 0.007, 0.997, 1.089, 2.004, 0.171, 0.294, 2.448, 0.214, 0.773, 2.96, 0.025, 0.638, 0.937, -0.568, -0.711,
    0.931, 2.601, 1.121, -0.251, -0.05, 1.341, 2.282, 0.745, 1.633, 0.944, 2.37, 0.293, 0.895, 0.938, 0.199, 0.812,
    1.253, 0.59, 1.522, -0.685, 1.259, 0.571, 1.579, 0.568, 0.381, 0.829, 0.277, 0.656, 2.497, 1.779, 1.922, -0.174,
    2.132, 2.793, 0.102, 1.569, 1.267, 0.49, 0.077, 1.366, 0.056, 0.605, 0.628, 1.65, 0.104, 2.194, 2.869, -0.171,
    -0.598, 2.134, 0.917, 0.63, 0.209, 1.328, 0.368, 0.756, 2.645, 1.161, 0.347, 0.92, 1.256, -0.052, 1.474, 0.51,
    1.386, 3.55, 1.392, -0.358, 1.938, 1.727, -0.372, 0.911, 0.499, 0.066, 1.467, 1.898, 1.145, 0.501, 2.23, 0.212,
    0.536, 1.69, 1.086, 0.494,
  ],
};
