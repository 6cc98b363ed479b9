import fc from "fast-check";
import { expect, test } from "vitest";
import { normalTail } from "../../src/core/normal.ts";

test("tails of the normal distribution are those of Abramowitz & Stegun, table 26.1 and (far out, as logarithms) 26.2", () => {
  const upTo = { 0: 0.5, 1: 0.841344746068543, 2: 0.97724986805182, 3: 0.99865010196837 };
  for (const [z, below] of Object.entries(upTo)) expect(1 - normalTail(Number(z))).toBeCloseTo(below, 13);
  const far = { 5: 6.54265, 6: 9.00586, 8: 15.20614, 10: 23.11805, 15: 50.43522, 20: 88.5601, 30: 197.30921 };
  for (const [z, log] of Object.entries(far)) expect(-Math.log10(normalTail(Number(z)))).toBeCloseTo(log, 5);
});

test("the usual quantiles have the usual tails", () => {
  expect(normalTail(1.959963984540054)).toBeCloseTo(0.025, 14);
  expect(normalTail(3.090232306167813)).toBeCloseTo(0.001, 14);
});

test("both sides mirror each other, and tails only get thinner, across the change of method too", () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 30, noNaN: true }), (z) => {
      expect(normalTail(z) + normalTail(-z)).toBeCloseTo(1, 14);
      expect(normalTail(z + 1e-3)).toBeLessThan(normalTail(z));
    }),
  );
  expect(normalTail(3 - 1e-9) / normalTail(3)).toBeCloseTo(1, 7);
});

test("the ends of the line are certain, and what is no number has no tail", () => {
  expect(normalTail(Number.POSITIVE_INFINITY)).toBe(0);
  expect(normalTail(Number.NEGATIVE_INFINITY)).toBe(1);
  expect(normalTail(Number.NaN)).toBeNaN();
});
