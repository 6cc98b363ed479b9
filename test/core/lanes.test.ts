import { expect, test } from "vitest";
import { lanesOf, rateFor } from "../../src/core/lanes.ts";

test("as many hosts get their bytes at once as are spoken to, and under a cap as few as have 80 kB a second each", () => {
  expect(lanesOf(64, undefined)).toBe(64);
  expect(lanesOf(64, 10_000_000)).toBe(64);
  expect(lanesOf(64, 1_000_000)).toBe(12);
  expect(lanesOf(64, 102_400)).toBe(1);
  expect(lanesOf(64, 50_000)).toBe(1);
});

test("a cap that comes down leaves those that are under way enough to come through", () => {
  expect(rateFor(204_800, 64)).toBe(2_560_000);
  expect(rateFor(204_800, 2)).toBe(204_800);
});
