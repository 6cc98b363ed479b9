import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalTail } from "../../src/core/normal.ts";
import { type Chances, normalChances, rankable, rankSum } from "../../src/core/rank.ts";
import { atTerm, doubledU, early, everyU, samples } from "./ranking.ts";

function chancesOf(x: readonly number[], y: readonly number[]): Chances {
  return rankSum(x, y)?.p ?? { less: Number.NaN, greater: Number.NaN, twoSided: Number.NaN };
}

/** As the normal approximation has it, where the exact one would be taken. */
function approximate(x: readonly number[], y: readonly number[]): Chances {
  return normalChances({ m: x.length, n: y.length, u: doubledU(x, y) / 2, ties: 0 });
}

function expectChances(actual: Chances, less: number, greater: number, twoSided: number): void {
  expect(actual.less).toBeCloseTo(less, 12);
  expect(actual.greater).toBeCloseTo(greater, 12);
  expect(actual.twoSided).toBeCloseTo(twoSided, 12);
}

describe("published values, to 1e-6 and better", () => {
  test("chorioamnion: R's manual of wilcox.test (W = 35, p = 0.1272); digits as in SciPy's tests against R, gh-9184", () => {
    expect(rankSum(atTerm, early)?.u).toBe(35);
    expectChances(chancesOf(atTerm, early), 0.8967698967699, 0.1272061272061, 0.2544122544123);
    expectChances(approximate(atTerm, early), 0.900775348204, 0.1223118025635, 0.244623605127);
  });

  test("age at diagnosis: SciPy's manual of mannwhitneyu (U1 = 17, exact 0.1111…, with continuity 0.11134688653314041)", () => {
    const [males, females] = [
      [19, 22, 16, 29, 24],
      [20, 11, 17, 12],
    ];
    expect(rankSum(males, females)?.u).toBe(17);
    expect(rankSum(females, males)?.u).toBe(3);
    expect(chancesOf(males, females).twoSided).toBeCloseTo(0.1111111111111111, 14);
    expect(approximate(males, females).twoSided).toBeCloseTo(0.11134688653314041, 14);
  });

  test("3 against 13: SciPy's tests against R, cases_basic", () => {
    const x = [210.05211, 110.19063, 307.918612];
    const y = [
      436.08811482466416, 416.37397329768191, 179.96975939463582, 197.8118754228619, 34.038757281225756,
      138.54220550921517, 128.7769351470246, 265.92721427951852, 275.6617533155341, 592.34083395416258,
      448.73177590617018, 300.61495185038905, 187.97508449019588,
    ];
    expect(rankSum(x, y)?.u).toBe(16);
    expectChances(chancesOf(x, y), 0.3517857142857, 0.6946428571429, 0.7035714285714);
    expectChances(approximate(x, y), 0.3432520908938, 0.7047591913255, 0.6865041817876);
  });

  test("11 against 9 and 9 against 8, exact: Apache Commons Statistics' tests against R 3.4.0", () => {
    const [x, y] = [
      [2, 4, 6, 8, 10, 12, 14, 15, 16, 17, 18],
      [1, 3, 5, 7, 9, 11, 13, 19, 20],
    ];
    expect(chancesOf(x, y).twoSided).toBeCloseTo(0.6556322934031913, 13);
    const even = [2, 4, 6, 8, 10, 12, 14, 16, 18];
    expect(chancesOf(even, [-3, -1, 1, 3, 5, 7, 9, 11]).twoSided).toBeCloseTo(0.046400658165364046, 14);
  });

  test("516 against 516, too many to count: Apache Commons Statistics' tests against R 3.4.0", () => {
    const x = Array.from({ length: 516 }, (_, index) => index);
    const y = x.map((value) => 516.5 - value);
    expect(rankSum(x, y)?.u).toBe(132355);
    expect(chancesOf(x, y).twoSided).toBeCloseTo(0.8718118110770263, 12);
  });

  test("ties, 4 against 5: SciPy's tests against R, test_tie_correct", () => {
    const x = [1, 2, 3, 4];
    const shifted = (by: readonly number[]) => [1, 2, 3, 4, 5].map((value, index) => value + (by[index] ?? 0));
    const cases = [
      { by: [0, -0.01, 0, -0.01, 0], u: 9, p: 0.9017048037317 },
      { by: [0, 0, -0.01, 0, 0], u: 8.5, p: 0.804080657472 },
      { by: [], u: 8, p: 0.7086240584439 },
      { by: [0, 0, 0.01, 0, 0], u: 7.5, p: 0.6197963884941 },
      { by: [0, 0.01, 0, 0.01, 0], u: 7, p: 0.5368784563079 },
    ];
    for (const { by, u, p } of cases) {
      expect(rankSum(x, shifted(by))?.u).toBe(u);
      expect(chancesOf(x, shifted(by)).twoSided).toBeCloseTo(p, 12);
    }
  });

  test("ties, 4 against 11 and smaller: SciPy's tests against R, cases_11355 and cases_2118", () => {
    const large = 99;
    const cases = [
      { x: [1, 2, 3, 4], y: [3, 6, 7, 8, large, 3, 2, 1, 4, 4, 5], u: 10, p: 0.1297704873477 },
      { x: [1, 2, 3, 4], y: [3, 6, 7, 8, large, large, 2, 1, 4, 4, 5], u: 8.5, p: 0.08735617507695 },
      { x: [1, 2, large, 4], y: [3, 6, 7, 8, large, 3, 2, 1, 4, 4, 5], u: 17.5, p: 0.5988856695752 },
      { x: [1, large, large, 4], y: [3, 6, 7, 8, large, large, 2, 1, 4, 4, 5], u: 24.5, p: 0.7912517950119 },
    ];
    for (const { x, y, u, p } of cases) {
      expect(rankSum(x, y)?.u).toBe(u);
      expect(chancesOf(x, y).twoSided).toBeCloseTo(p, 12);
    }
    expectChances(chancesOf([1, 2, 3], [2]), 0.681324055883, 0.681324055883, 1);
    expectChances(chancesOf([1, 2], [1, 2]), 0.667497228949, 0.667497228949, 1);
  });

  test("ties, ozone in New York in May and August 1973: R's manual of wilcox.test (W = 127.5, p = 0.0001208)", () => {
    const may = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37];
    const august = [
      39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
    ];
    expect(rankSum(may, august)?.u).toBe(127.5);
    // R shows four digits of it; mannwhitneyu of SciPy 1.17.1 gave the others.
    expect(chancesOf(may, august).twoSided).toBeCloseTo(0.00012080783076877, 14);
  });
});

describe("against counting all orders", () => {
  test("the exact chances of any two samples of up to 6 without ties", () => {
    fc.assert(
      fc.property(samples(6, "no ties"), ([x, y]) => {
        const all = everyU([...x, ...y], x.length);
        const share = (holds: (doubled: number) => boolean) => all.filter(holds).length / all.length;
        const own = doubledU(x, y);
        const [less, greater] = [share((doubled) => doubled <= own), share((doubled) => doubled >= own)];
        expectChances(chancesOf(x, y), less, greater, Math.min(1, 2 * less, 2 * greater));
        expect(rankSum(x, y)?.u).toBe(own / 2);
      }),
    );
  });

  test("the mid-ranks and the variance that ties leave, of any two samples of up to 6", () => {
    fc.assert(
      fc.property(samples(6, "ties"), ([x, y]) => {
        const all = everyU([...x, ...y], x.length);
        const mean = x.length * y.length;
        const variance = all.reduce((sum, doubled) => sum + (doubled - mean) ** 2, 0) / all.length / 4;
        fc.pre(variance > 0 && new Set([...x, ...y]).size < x.length + y.length);
        const off = (doubledU(x, y) - mean) / 2;
        const { less, greater } = chancesOf(x, y);
        expect(less).toBeCloseTo(normalTail(-(off + 0.5) / Math.sqrt(variance)), 12);
        expect(greater).toBeCloseTo(normalTail((off - 0.5) / Math.sqrt(variance)), 12);
        expect(rankSum(x, y)?.u).toBe(doubledU(x, y) / 2);
      }),
    );
  });
});

describe.each(["ties", "no ties"] as const)("whatever the samples, with %s", (ties) => {
  /** Small ones, and some with more pairs than are counted, which would take long to shrink. */
  const two = fc.oneof(samples(12, ties), fc.noShrink(samples(70, ties)));

  test("swapping them mirrors the chances", () => {
    fc.assert(
      fc.property(two, ([x, y]) => {
        const [one, other] = [chancesOf(x, y), chancesOf(y, x)];
        expectChances(one, other.greater, other.less, other.twoSided);
        expect((rankSum(x, y)?.u ?? 0) + (rankSum(y, x)?.u ?? 0)).toBe(x.length * y.length);
      }),
    );
  });

  test("only their order counts: a rising transform of all values, or another order of coming, changes nothing", () => {
    fc.assert(
      fc.property(two, ([x, y]) => {
        const raised = (values: readonly number[]) => values.map((value) => value ** 3 + value);
        expect(rankSum(raised(x), raised(y))).toEqual(rankSum(x, y));
        expect(rankSum(x.toReversed(), [...y.slice(1), ...y.slice(0, 1)])).toEqual(rankSum(x, y));
      }),
    );
  });

  test("chances lie between 0 and 1, and raising x makes it no less likely to be greater", () => {
    fc.assert(
      fc.property(two, fc.nat(1000), ([x, y], by) => {
        const chances = Object.values(chancesOf(x, y));
        for (const chance of chances) expect(chance).toBeGreaterThanOrEqual(0);
        for (const chance of chances) expect(chance).toBeLessThanOrEqual(1);
        const raised = x.map((value) => value + by);
        expect(rankSum(raised, y)?.u).toBeGreaterThanOrEqual(rankSum(x, y)?.u ?? Number.NaN);
      }),
    );
  });
});

test("when all values are the same, nothing speaks against chance", () => {
  expect(rankSum([7, 7, 7], [7, 7])).toEqual({ u: 3, p: { less: 1, greater: 1, twoSided: 1 } });
  expect(rankSum([0], [-0])?.p.twoSided).toBe(1);
});

test("few values with many ties are where the approximation is too sure", () => {
  const chance = 1 / 12;
  expect(chancesOf([1], Array(11).fill(0)).greater).toBeLessThan(chance / 50);
  expect(
    chancesOf(
      [1],
      Array.from({ length: 11 }, (_, index) => -index),
    ).greater,
  ).toBeCloseTo(chance, 14);
});

test("an empty sample gives no result", () => {
  expect(rankSum([], [1])).toBeUndefined();
  expect(rankSum([1], [])).toBeUndefined();
  expect(rankSum([Number.NaN], [1])).toBeUndefined();
});

test("what is not finite is left out, of the rest the newest 2000 are kept", () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE];
  expect(rankSum([...odd, ...atTerm], [...early, ...odd])).toEqual(rankSum(atTerm, early));
  const long = Array.from({ length: 5000 }, (_, index) => index);
  expect(rankable([...long, ...odd])).toEqual(long.slice(3000));
  expect(rankSum(long, [2999])?.u).toBe(2000);
});
