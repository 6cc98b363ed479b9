import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logLikelihood, logMarginal, logSum, minus, plus, rateOf } from "../../src/core/likelihood.ts";
import { outcomes } from "./outcomes.ts";

describe("the likelihood", () => {
  test("is that of the events one by one", () => {
    expect(logLikelihood({ bad: 2, all: 3 }, 0.1)).toBeCloseTo(Math.log(0.1 * 0.1 * 0.9), 12);
  });

  test("of what did not happen is one, and of what cannot happen is none", () => {
    expect(logLikelihood({ bad: 0, all: 0 }, 0)).toBe(0);
    expect(logLikelihood({ bad: 0, all: 5 }, 0)).toBe(0);
    expect(logLikelihood({ bad: 5, all: 5 }, 1)).toBe(0);
    expect(logLikelihood({ bad: 1, all: 5 }, 0)).toBe(Number.NEGATIVE_INFINITY);
    expect(logLikelihood({ bad: 1, all: 5 }, 1)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("takes more bad events than events for all bad", () => {
    expect(logLikelihood({ bad: 3, all: 2 }, 0.5)).toBeCloseTo(3 * Math.log(0.5), 12);
    expect(rateOf({ bad: 3, all: 2 }, 0)).toBe(1);
  });
});

describe("the marginal", () => {
  test("of one event is the prior's mean", () => {
    expect(Math.exp(logMarginal({ bad: 1, all: 1 }))).toBeCloseTo(1 / 6, 14);
    expect(Math.exp(logMarginal({ bad: 0, all: 1 }))).toBeCloseTo(5 / 6, 14);
    expect(logMarginal({ bad: 0, all: 0 })).toBeCloseTo(0, 14);
  });

  test("is a probability: all outcomes together are one", () => {
    for (const all of [2, 9, 40]) {
      const sum = outcomes(all).reduce((total, { bad, ways }) => total + ways * Math.exp(logMarginal({ bad, all })), 0);
      expect(sum).toBeCloseTo(1, 11);
    }
  });

  test("is exact at any size (references: mpmath 1.3, 40 digits)", () => {
    const references = [
      [3, 10, -7.77552618873955],
      [0, 1e9, -4.2300272575126],
      [12, 1e9, -236.440712814473],
      [1e9, 1e9, -22.3327037495805],
      [5e8, 1e9, -693147191.750707],
    ] as const;
    for (const [bad, all, reference] of references)
      expect(Math.abs(logMarginal({ bad, all }) / reference - 1)).toBeLessThan(1e-14);
  });

  test("never exceeds the greatest likelihood", () => {
    const tallies = fc.tuple(fc.nat(1e6), fc.nat(1e6)).map(([bad, good]) => ({ bad, all: bad + good }));
    fc.assert(
      fc.property(tallies, (tally) => {
        expect(logMarginal(tally)).toBeLessThanOrEqual(logLikelihood(tally, rateOf(tally, 0)) + 1e-8);
      }),
    );
  });
});

test("tallies add up, and never fall below nothing", () => {
  expect(plus({ bad: 1, all: 2 }, { bad: 3, all: 5 })).toEqual({ bad: 4, all: 7 });
  expect(minus({ bad: 1, all: 2 }, { bad: 3, all: 1 })).toEqual({ bad: 0, all: 1 });
});

test("numbers are summed by their logs, however large or small", () => {
  expect(logSum([Math.log(2), Math.log(3)])).toBeCloseTo(Math.log(5), 14);
  expect(logSum([1e9, 1e9])).toBeCloseTo(1e9 + Math.log(2), 6);
  expect(logSum([-1e9, -1e9])).toBeCloseTo(-1e9 + Math.log(2), 6);
  expect(logSum([])).toBe(Number.NEGATIVE_INFINITY);
  expect(logSum([0, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  expect(logSum([0, Number.NEGATIVE_INFINITY])).toBe(0);
});
