import { expect, test } from "vitest";
import { draws, geometric, poisson } from "./draw.ts";
import { lognormal, lomax, sharesOf } from "./latency.ts";
import { median, shareRange } from "./share.ts";

function moments(count: number, next: () => number): { readonly mean: number; readonly variance: number } {
  const values = Array.from({ length: count }, next);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count };
}

test("chance is the same for the same keys, and another for others", () => {
  const first = (...keys: readonly number[]) => Array.from({ length: 4 }, draws(...keys));
  expect(first(1, 2, 3)).toEqual(first(1, 2, 3));
  const all = [first(1, 2, 3), first(1, 3, 2), first(1, 2), first(1, 2, 3, 0), first(2, 1, 3)].flat();
  expect(new Set(all).size).toBe(all.length);
  const { mean, variance } = moments(20_000, draws(5));
  expect(mean).toBeCloseTo(1 / 2, 2);
  expect(variance).toBeCloseTo(1 / 12, 2);
});

test.each([0.03, 4, 900])("counts with a mean of %f vary as much as that", (expected) => {
  const draw = draws(1);
  const { mean, variance } = moments(20_000, () => poisson(draw, expected));
  expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(expected / 20_000));
  expect(variance / expected).toBeGreaterThan(0.9);
  expect(variance / expected).toBeLessThan(1.1);
});

test("clusters are of one or more, with their mean", () => {
  const draw = draws(1);
  const sizes = Array.from({ length: 20_000 }, () => geometric(draw, 3));
  expect(Math.min(...sizes)).toBe(1);
  expect(sizes.reduce((sum, size) => sum + size, 0) / sizes.length).toBeCloseTo(3, 1);
  expect(geometric(draw, 1)).toBe(1);
});

test("latencies have the quantiles that they are made from, and their shares add up", () => {
  const edges = [5, 12, 35, 50];
  for (const latency of [lognormal(12, 35), lomax(35, 1.5)]) {
    expect(latency(35)).toBeCloseTo(0.01, 10);
    const shares = sharesOf(latency, edges);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(shares[4]).toBeCloseTo(latency(50), 12);
  }
  expect(lognormal(12, 35)(12)).toBeCloseTo(0.5, 12);
});

test("the range of a share is Clopper's and Pearson's", () => {
  expect(shareRange(0, 10_000)).toEqual({ low: 0, high: expect.closeTo(1 - 0.025 ** (1 / 10_000), 12) });
  // 4 of 20, from sums of binomial coefficients: at each end, 4 or fewer, or 4 or more, have a chance of 2.5%.
  expect(shareRange(4, 20).low).toBeCloseTo(0.05733399705, 10);
  expect(shareRange(4, 20).high).toBeCloseTo(0.43661400299, 10);
  expect(shareRange(20, 20).high).toBe(1);
});

test("the middle of none is none", () => {
  expect(median([])).toBeUndefined();
  expect(median([3, 1, 2])).toBe(2);
});
