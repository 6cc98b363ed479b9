import { expect, test } from "vitest";
import { isBeyondBelief, nextGeneration, usual } from "../../src/core/generation.ts";

test("S18: a generation is one more than the highest that is believed of the hosts", () => {
  expect(nextGeneration([])).toBe(1);
  expect(nextGeneration([0, 0])).toBe(1);
  expect(nextGeneration([5, 9, 7])).toBe(10);
  expect(nextGeneration([5, 1_005, 5])).toBe(1_006);
  expect(nextGeneration([5, 1_006, 5])).toBe(6);
  expect(nextGeneration([5, 2 ** 52])).toBe(6);
});

test("new hosts do not make the others incredible", () => {
  expect(usual([0, 0, 0, 5_000])).toBe(5_000);
  expect(nextGeneration([0, 0, 0, 5_000])).toBe(5_001);
  expect(isBeyondBelief(1_001, 0)).toBe(true);
  expect(isBeyondBelief(1_000, 0)).toBe(false);
});
