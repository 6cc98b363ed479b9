import { expect, test } from "vitest";
import { distributionOfU, isCounted } from "../../src/core/rank-exact.ts";
import { everyU } from "./ranking.ts";

/** P(U ≤ u) for u = 0, 1, …: Mann & Whitney 1947, table I, p. 52 (three digits, some cut and some rounded). */
const table: Readonly<Record<string, readonly number[]>> = {
  "3 against 1": [0.25, 0.5],
  "3 against 2": [0.1, 0.2, 0.4, 0.6],
  "3 against 3": [0.05, 0.1, 0.2, 0.35, 0.5],
  "4 against 2": [0.067, 0.133, 0.267, 0.4, 0.6],
  "4 against 4": [0.014, 0.029, 0.057, 0.1, 0.171, 0.243, 0.343, 0.443, 0.557],
  "5 against 3": [0.018, 0.036, 0.071, 0.125, 0.196, 0.286, 0.393, 0.5],
  "5 against 5": [0.004, 0.008, 0.016, 0.028, 0.048, 0.075, 0.111, 0.155, 0.21, 0.274, 0.345, 0.421, 0.5],
  "6 against 4": [0.005, 0.01, 0.019, 0.033, 0.057, 0.086, 0.129, 0.176, 0.238, 0.305, 0.381, 0.457, 0.543],
  "6 against 6": [
    0.001, 0.002, 0.004, 0.008, 0.013, 0.021, 0.032, 0.047, 0.066, 0.09, 0.12, 0.155, 0.197, 0.242, 0.294, 0.35, 0.409,
    0.469, 0.531,
  ],
};

test.each(Object.entries(table))("%s: the table of Mann and Whitney", (name, expected) => {
  const [m = 0, n = 0] = name.split(" against ").map(Number);
  let sum = 0;
  const below = [...distributionOfU(m, n, expected.length - 1)].map((chance) => {
    sum += chance;
    return sum;
  });
  for (const [u, chance] of expected.entries()) expect(Math.abs((below[u] ?? 0) - chance)).toBeLessThan(1e-3);
});

test("every size up to 6 against 6 is what counting all orders gives", () => {
  for (let m = 1; m <= 6; m += 1) {
    for (let n = 1; n <= 6; n += 1) {
      const values = Array.from({ length: m + n }, (_, index) => index);
      const all = everyU(values, m);
      const half = Math.floor((m * n) / 2);
      const counted = distributionOfU(m, n, half);
      for (let u = 0; u <= half; u += 1) {
        const share = all.filter((doubled) => doubled === 2 * u).length / all.length;
        expect(counted[u]).toBeCloseTo(share, 14);
      }
    }
  }
});

test("large sizes lose no digits: both halves of an even distribution make a whole, and its tails are counted ones", () => {
  const halves = distributionOfU(49, 51, 1249).reduce((sum, chance) => sum + chance, 0);
  expect(2 * halves).toBeCloseTo(1, 13);
  const [none = 0, one = 0, two = 0] = distributionOfU(50, 50, 1250);
  expect(none * 1.008913445455642e29).toBeCloseTo(1, 12);
  expect(one / none).toBeCloseTo(1, 13);
  expect(two / none).toBeCloseTo(2, 13);
  expect(distributionOfU(1, 2500, 1250)[1250]).toBeCloseTo(1 / 2501, 15);
});

test("up to 50 against 50, or as many pairs of other shape, it is counted", () => {
  expect([isCounted(50, 50), isCounted(1, 2500), isCounted(51, 50), isCounted(2, 1251)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
