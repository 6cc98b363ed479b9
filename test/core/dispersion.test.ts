import { describe, expect, test } from "vitest";
import type { Counts } from "../../src/core/bound.ts";
import { dispersionOf } from "../../src/core/dispersion.ts";
import { binomial, random } from "../random.ts";

const none = { bad: 0, all: 0 };
const alone = (bad: number, all: number): Counts => ({ changed: { bad, all }, baseline: none });

/** Bad events that come `size` at a time. */
function clustered(size: number, batches: number): readonly Counts[] {
  const draw = random(7);
  return Array.from({ length: batches }, () => alone(size * binomial(draw, 400, 0.02), 400 * size));
}

describe("the dispersion of bad events", () => {
  test("is one where there is nothing to tell it by", () => {
    expect(dispersionOf([])).toBe(1);
    expect(dispersionOf([alone(3, 100), alone(40, 100)])).toBe(1);
    expect(dispersionOf([alone(0, 100), alone(0, 100), alone(0, 100)])).toBe(1);
    expect(dispersionOf([alone(9, 9), alone(9, 9), alone(9, 9)])).toBe(1);
  });

  test("is never below one, however even they are", () => {
    expect(dispersionOf(Array.from({ length: 20 }, () => alone(5, 100)))).toBe(1);
  });

  test("by hand: steps of 4 in 100 to 8 in 100 and back, but for one of them", () => {
    const batches = [alone(4, 100), alone(8, 100), alone(4, 100), alone(8, 100)];
    expect(dispersionOf(batches)).toBeCloseTo(Math.max(1, 0.04 ** 2 / (0.06 * 0.94 * 0.02)), 12);
  });

  test("is about the size of the clusters", () => {
    for (const size of [1, 5, 20]) {
      expect(dispersionOf(clustered(size, 400))).toBeGreaterThan(0.8 * size);
      expect(dispersionOf(clustered(size, 400))).toBeLessThan(1.2 * size + 0.2);
    }
  });

  test("does not take a release that went bad for one whose errors come together", () => {
    const good = Array.from({ length: 12 }, () => alone(0, 100));
    const bad = Array.from({ length: 6 }, () => alone(100, 100));
    expect(dispersionOf([...good, ...bad])).toBe(1);
  });

  test("is told on either side", () => {
    const turned = clustered(20, 100).map(({ changed }) => ({ changed: none, baseline: changed }));
    expect(dispersionOf(turned)).toBeGreaterThan(10);
  });
});
