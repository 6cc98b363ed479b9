import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interval } from "../../src/core/interval.ts";
import { binomial, random } from "../random.ts";

const tally = fc
  .tuple(fc.nat(1e6), fc.nat(1e6))
  .map(([bad, good]) => ({ bad, all: bad + good }))
  .filter(({ all }) => all > 0);

describe("the interval of a rate", () => {
  test("is everything without events", () => {
    expect(interval({ bad: 0, all: 0 }, 0.05)).toEqual({ low: 0, high: 1 });
  });

  test("reaches to the end that was seen alone", () => {
    const clean = interval({ bad: 0, all: 1000 }, 0.05);
    expect(clean.low).toBe(0);
    expect(clean.high).toBeGreaterThan(0.003);
    expect(clean.high).toBeLessThan(0.006);
    const broken = interval({ bad: 1000, all: 1000 }, 0.05);
    expect(broken.high).toBe(1);
    expect(broken.low).toBeGreaterThan(0.98);
  });

  test("of one event is by hand: 1/6 < p / 0.05 leaves all above 1/120", () => {
    const { low, high } = interval({ bad: 1, all: 1 }, 0.05);
    expect(low).toBeCloseTo(0.05 / 6, 12);
    expect(high).toBe(1);
  });

  test("contains what was observed, and is wider the surer it must be", () => {
    fc.assert(
      fc.property(tally, (counted) => {
        const rate = counted.bad / counted.all;
        const narrow = interval(counted, 0.1);
        const wide = interval(counted, 0.001);
        expect(narrow.low).toBeLessThanOrEqual(rate);
        expect(narrow.high).toBeGreaterThanOrEqual(rate);
        expect(wide.low).toBeLessThanOrEqual(narrow.low);
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
      }),
    );
  });

  test("shrinks with events of the same rate", () => {
    fc.assert(
      fc.property(tally, ({ bad, all }) => {
        const few = interval({ bad, all }, 0.05);
        const many = interval({ bad: 4 * bad, all: 4 * all }, 0.05);
        expect(many.high - many.low).toBeLessThan(few.high - few.low);
      }),
    );
  });

  test("at a thousand million events is a part in a thousand, or as good", () => {
    const { low, high } = interval({ bad: 1e6, all: 1e9 }, 0.001);
    expect(low).toBeLessThan(0.001);
    expect(high).toBeGreaterThan(0.001);
    expect(high - low).toBeLessThan(1.5e-5);
  });

  test("holds the true rate at every look at once, as often as it says", () => {
    const draw = random(11);
    let missed = 0;
    for (let run = 0; run < 1000; run += 1) {
      let counted = { bad: 0, all: 0 };
      const looks = Array.from({ length: 40 }, () => {
        counted = { bad: counted.bad + binomial(draw, 25, 0.02), all: counted.all + 25 };
        const { low, high } = interval(counted, 0.1);
        return low <= 0.02 && 0.02 <= high;
      });
      if (looks.includes(false)) missed += 1;
    }
    expect(missed / 1000).toBeLessThan(0.1 + 3 * Math.sqrt((0.1 * 0.9) / 1000));
  });
});
