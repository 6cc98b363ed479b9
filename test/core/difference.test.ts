import fc from "fast-check";
import { expect, test } from "vitest";
import { differenceAt } from "../../src/core/difference.ts";

const ascending = (values: readonly number[]) => Float64Array.from(values).sort();

/** The same, by making all differences. */
function listed(x: readonly number[], y: readonly number[]): readonly number[] {
  return [...ascending(x.flatMap((left) => y.map((right) => left - right)))];
}

function found(x: readonly number[], y: readonly number[]): readonly number[] {
  return listed(x, y).map((_, index) => differenceAt(index + 1, ascending(x), ascending(y)));
}

const plus = (values: readonly number[]) => values.map((value) => value + 0);

const wild = fc.double({ min: -Number.MAX_VALUE / 2, max: Number.MAX_VALUE / 2, noNaN: true });
const tied = fc.integer({ min: -3, max: 3 });

test.each([
  ["numbers of any size", wild],
  ["ties", tied],
])("finds every difference in its place: %s", (_, value) => {
  const side = fc.array(value, { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(side, side, (x, y) => {
      expect(plus(found(x, y))).toEqual(plus(listed(x, y)));
    }),
  );
});

test("differences with no number between them, and the smallest there are, are told apart", () => {
  const next = 1 + Number.EPSILON;
  expect(found([1, next], [0])).toEqual([1, next]);
  expect(found([next, next + Number.EPSILON], [0])).toEqual([next, next + Number.EPSILON]);
  const least = Number.MIN_VALUE;
  expect(found([least, 2 * least, 5 * least], [0])).toEqual([least, 2 * least, 5 * least]);
});
