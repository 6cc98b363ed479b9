import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Bound, Counts } from "../../src/core/bound.ts";
import { plus } from "../../src/core/likelihood.ts";
import { against, type Batch, isExceeded, remember, within } from "../../src/core/sequential.ts";
import { binomial, random } from "../random.ts";
import { mean } from "./outcomes.ts";

const rate = (most: number): Bound => ({ type: "rate", most });
const none = { bad: 0, all: 0 };
const alone = (bad: number, all: number): Counts => ({ changed: { bad, all }, baseline: none });
const beside = (bad: number, all: number, baseBad: number, baseAll: number): Counts => ({
  changed: { bad, all },
  baseline: { bad: baseBad, all: baseAll },
});
const listed = (counts: readonly Counts[], most?: number) =>
  counts.reduce<readonly Batch[]>((batches, one) => remember(batches, one, most), []);
const times = (count: number, one: Counts) => Array.from({ length: count }, () => one);

describe("small values, by hand", () => {
  const ratios = [1.5, 2.5, 5, 10, 100];
  const moved = (most: number, ratio: number) => (ratio * most) / (1 - most + ratio * most);

  test("one bad event: half at one, half the mean of what each rate beyond the limit makes of it", () => {
    const parts = [1 / 6, ...ratios.map((ratio) => moved(0.02, ratio))].map((chance) => chance / 0.02);
    const expected = parts.reduce((sum, part) => sum + part, 0) / 6;
    expect(Math.exp(against(rate(0.02), listed([alone(1, 1)])))).toBeCloseTo(1 / 2 + expected / 2, 12);
  });

  test("one good event for all being well", () => {
    const parts = [5 / 6, ...ratios.map((ratio) => 1 - moved(0.02, 1 / ratio))].map((chance) => chance / 0.98);
    expect(Math.exp(within(rate(0.02), listed([alone(0, 1)])))).toBeCloseTo(
      parts.reduce((sum, part) => sum + part, 0) / 6,
      12,
    );
  });

  test("two readings: three moments at which it may have begun", () => {
    const bound: Bound = { type: "relative", factor: 1, plus: 0 };
    const [first, second] = [beside(0, 1, 0, 1), beside(1, 1, 0, 1)];
    // From the first: (5/66)(25/36 * 6/11 … ) is marginal of 1 in 2 and of 0 in 2, over p (1-p)^3 at 1/4.
    const changedBoth = (5 / 6) * (0.2 / 2.2);
    const baseBoth = (5 / 6) * (2 / 2.2);
    const fromFirst = (changedBoth * baseBoth) / (0.25 * 0.75 ** 3);
    // From the second: 1 in 1, and a baseline that goes on from one good event, over p (1-p) at 1/2.
    const fromSecond = ((1 / 6) * (2 / 2.2)) / 0.25;
    const expected = 1 / 3 + fromFirst / 2 + fromSecond / 6;
    expect(Math.exp(against(bound, listed([first, second])))).toBeCloseTo(expected, 10);
  });

  test("nothing counted says nothing", () => {
    for (const bound of [rate(0.01), { type: "relative", factor: 1.5, plus: 0.001 } as const]) {
      expect(against(bound, [])).toBe(0);
      expect(within(bound, [])).toBeCloseTo(0, 14);
      expect(isExceeded(bound, [], 0.05)).toBe(false);
      expect(against(bound, listed([alone(0, 0)]))).toBeCloseTo(0, 14);
    }
  });
});

describe("a bound that is kept", () => {
  const doubled = (most: number, p: number) =>
    mean(6, p, (first) =>
      mean(6, p, (second) => Math.exp(against(rate(most), listed([alone(first, 6), alone(second, 6)])))),
    );

  test("has evidence of one on average, exactly summed over all that can happen, and less below the limit", () => {
    for (const most of [0.02, 0.2, 0.7]) {
      const atLimit = doubled(most, most);
      expect(atLimit).toBeLessThanOrEqual(1 + 1e-12);
      expect(atLimit).toBeGreaterThan(0.8);
      expect(doubled(most, most / 2)).toBeLessThan(atLimit);
      expect(doubled(most, Math.min(0.99, most * 1.5))).toBeGreaterThan(1);
    }
  });

  test("and a broken one so for being well", () => {
    const well = (p: number) => mean(12, p, (bad) => Math.exp(within(rate(0.3), listed([alone(bad, 12)]))));
    expect(well(0.3)).toBeLessThanOrEqual(1 + 1e-12);
    expect(well(0.5)).toBeLessThan(well(0.3));
    expect(well(0.1)).toBeGreaterThan(1);
  });

  test("relative to a baseline, too, at each pair of rates on the limit", () => {
    const bound: Bound = { type: "relative", factor: 1.5, plus: 0.1 };
    for (const p0 of [0, 0.05, 0.2, 0.5]) {
      const p1 = 1.5 * p0 + 0.1;
      const over = (statistic: (batches: readonly Batch[]) => number) =>
        mean(4, p1, (a) =>
          mean(5, p0, (b) =>
            mean(3, p1, (c) =>
              mean(2, p0, (d) => Math.exp(statistic(listed([beside(a, 4, b, 5), beside(c, 3, d, 2)])))),
            ),
          ),
        );
      expect(over((batches) => against(bound, batches))).toBeLessThanOrEqual(1);
      expect(over((batches) => within(bound, batches))).toBeLessThanOrEqual(1);
    }
  });

  test("is taken for broken at any of sixty looks no more often than allowed, as a plain test is", () => {
    const bound = rate(0.05);
    const reading = (draw: () => number) => alone(binomial(draw, 20, 0.05), 20);
    const { share, plain } = falseAlarms({ runs: 4000, looks: 60, reading, bound, expected: 0.05, most: 10 });
    expect(share).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 4000));
    expect(plain).toBeGreaterThan(0.2);
  });

  test("is taken for broken relative to a baseline no more often than allowed", () => {
    const bound: Bound = { type: "relative", factor: 1.5, plus: 0.01 };
    const reading = (draw: () => number) => beside(binomial(draw, 20, 0.085), 20, binomial(draw, 60, 0.05), 60);
    const { share, plain } = falseAlarms({ runs: 1500, looks: 30, reading, bound, expected: 0.085, most: 30 });
    expect(share).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 1500));
    expect(plain).toBeGreaterThan(0.2);
  });
});

type Healthy = {
  readonly runs: number;
  readonly looks: number;
  readonly reading: (draw: () => number) => Counts;
  readonly bound: Bound;
  /** The changed hosts' true rate. */
  readonly expected: number;
  /** Batches that are kept apart. */
  readonly most: number;
};

/** Shares of runs with an alarm at some look, at 1 in 20: by the evidence, and by a z test that knows the true rate. */
function falseAlarms(of: Healthy): { readonly share: number; readonly plain: number } {
  const draw = random(1);
  const alarms = { share: 0, plain: 0 };
  for (let run = 0; run < of.runs; run += 1) {
    const counts = Array.from({ length: of.looks }, () => of.reading(draw));
    let batches: readonly Batch[] = [];
    let seen = none;
    const isAlarmed = (one: Counts) => {
      batches = remember(batches, one, of.most);
      return against(of.bound, batches) >= Math.log(20);
    };
    const isFarOff = ({ changed }: Counts) => {
      seen = plus(seen, changed);
      const deviation = Math.sqrt(seen.all * of.expected * (1 - of.expected));
      return seen.bad - of.expected * seen.all > 1.645 * deviation;
    };
    if (counts.some(isAlarmed)) alarms.share += 1 / of.runs;
    if (counts.some(isFarOff)) alarms.plain += 1 / of.runs;
  }
  return alarms;
}

describe("a bound that is broken", () => {
  const found = (size: number, looks: number, reading: (draw: () => number, look: number) => number, most: number) => {
    const draw = random(3);
    const runs = Array.from({ length: 200 }, () => {
      let batches: readonly Batch[] = [];
      for (let look = 1; look <= looks; look += 1) {
        batches = remember(batches, alone(reading(draw, look), size));
        if (isExceeded(rate(most), batches, 1 / 4000)) return look;
      }
      return undefined;
    });
    return runs.filter((look) => look !== undefined);
  };

  test("is found within 600 events at 5% for 1%", () => {
    expect(found(25, 24, (draw) => binomial(draw, 25, 0.05), 0.01).length).toBeGreaterThan(190);
  });

  test("is found after a hundred good readings, in a few", () => {
    const looks = found(50, 120, (draw, look) => binomial(draw, 50, look > 100 ? 0.05 : 0.002), 0.01);
    expect(looks.length).toBeGreaterThan(190);
    expect(Math.min(...looks)).toBeGreaterThan(100);
  });

  test("is found relative to a baseline, early and late", () => {
    const bound: Bound = { type: "relative", factor: 1.5, plus: 0.001 };
    const good = beside(0, 100, 1, 1000);
    const bad = beside(5, 100, 1, 1000);
    expect(isExceeded(bound, listed(times(6, bad)), 1 / 4000)).toBe(true);
    expect(isExceeded(bound, listed([...times(100, good), ...times(9, bad)]), 1 / 4000)).toBe(true);
    expect(isExceeded(bound, listed(times(109, good)), 1 / 4000)).toBe(false);
  });

  test("is not said on one reading, however bad", () => {
    const good = alone(0, 100);
    const burst = alone(100, 100);
    expect(against(rate(0.01), listed([burst]))).toBeGreaterThan(100);
    expect(isExceeded(rate(0.01), listed([burst]), 0.001)).toBe(false);
    expect(isExceeded(rate(0.01), listed([...times(50, good), burst, good]), 0.001)).toBe(false);
    expect(isExceeded(rate(0.01), listed([...times(50, good), burst, burst]), 0.001)).toBe(true);
  });

  test("is said of bursts that come again and again, and not of two", () => {
    const good = alone(0, 100);
    const again = (times: number) => Array.from({ length: times }, () => [alone(100, 100), good]).flat();
    expect(isExceeded(rate(0.01), listed([...times(50, good), ...again(2)]), 0.001)).toBe(false);
    expect(isExceeded(rate(0.01), listed([...times(50, good), ...again(12)]), 0.001)).toBe(true);
  });

  test("needs more events where bad ones come together, and no more than the clusters are large", () => {
    const bound = rate(0.01);
    const draw = random(11);
    const clusters = (size: number, share: number) =>
      listed(Array.from({ length: 60 }, () => alone(size * binomial(draw, 20, share), 20 * size)));
    const told = Array.from({ length: 300 }, () => isExceeded(bound, clusters(10, 0.01), 0.001));
    expect(told.filter((one) => one).length).toBeLessThanOrEqual(3);
    expect(isExceeded(bound, clusters(10, 0.1), 0.001)).toBe(true);
  });

  test("is not said of changed hosts that suffer what the others suffer", () => {
    const bound: Bound = { type: "relative", factor: 1.5, plus: 0.001 };
    expect(isExceeded(bound, listed([...times(20, beside(0, 100, 0, 400)), beside(50, 100, 200, 400)]), 0.05)).toBe(
      false,
    );
  });

  test("is said at once of what must never happen, when it happens twice", () => {
    expect(isExceeded(rate(0), listed([alone(1, 100)]), 0.001)).toBe(false);
    expect(isExceeded(rate(0), listed([alone(1, 100), alone(1, 100)]), 0.001)).toBe(true);
  });
});

describe("evidence", () => {
  const counted = fc
    .record({ changed: fc.tuple(fc.nat(20), fc.nat(200)), baseline: fc.tuple(fc.nat(20), fc.nat(900)) })
    .map(({ changed: [bad, good], baseline: [baseBad, baseGood] }) =>
      beside(bad, bad + good + 1, baseBad, baseBad + baseGood),
    );
  const lists = fc.array(counted, { minLength: 1, maxLength: 8 });
  const bounds = fc.constantFrom<Bound>(
    rate(0.01),
    rate(0.3),
    { type: "relative", factor: 1.5, plus: 0.001 },
    { type: "relative", factor: 0, plus: 0.05 },
  );

  test("grows with each bad event more from the limit on, and that for being well shrinks with it up to there", () => {
    fc.assert(
      fc.property(fc.nat(999), fc.integer({ min: 1, max: 999 }), (bad, permille) => {
        const most = permille / 1000;
        const [less, more] = [bad, bad + 1].map((count) => listed([alone(count, 1000)]));
        if (bad >= most * 1000)
          expect(against(rate(most), more ?? [])).toBeGreaterThan(against(rate(most), less ?? []));
        else if (bad + 1 <= most * 1000)
          expect(within(rate(most), more ?? [])).toBeLessThan(within(rate(most), less ?? []));
      }),
    );
  });

  test("that all is well does not depend on the readings' order, or on how they are cut", () => {
    fc.assert(
      fc.property(bounds, lists, (bound, counts) => {
        const whole = within(bound, listed(counts));
        expect(within(bound, listed(counts.toReversed()))).toBeCloseTo(whole, 7);
        expect(within(bound, listed(counts, 2))).toBeCloseTo(whole, 7);
      }),
    );
  });

  test("of equal rates is the same for the one side as for the other with the hosts exchanged", () => {
    fc.assert(
      fc.property(counted, ({ changed, baseline }) => {
        fc.pre(baseline.all > 0);
        const equal: Bound = { type: "relative", factor: 1, plus: 0 };
        const well = within(equal, listed([{ changed, baseline }]));
        const exchanged = Math.exp(against(equal, listed([{ changed: baseline, baseline: changed }])));
        expect(exchanged / ((1 + Math.exp(well)) / 2)).toBeCloseTo(1, 6);
      }),
    );
  });

  test("is never for both: what speaks against the bound does not say that it is kept", () => {
    fc.assert(
      fc.property(bounds, counted, (bound, counts) => {
        const only = listed([counts]);
        expect(Math.min(against(bound, only), within(bound, only))).toBeLessThanOrEqual(1e-9);
        expect(isExceeded(bound, only, 0.001)).toBe(false);
      }),
    );
  });

  test("is finite at a thousand million events", () => {
    const huge = listed(times(3, beside(5e8, 1e9, 1e6, 1e9)));
    for (const bound of [rate(0.01), { type: "relative", factor: 1.5, plus: 0.001 } as const]) {
      expect(against(bound, huge)).toBeGreaterThan(1e8);
      expect(Number.isFinite(against(bound, huge))).toBe(true);
      expect(within(bound, huge)).toBeLessThan(-5);
      expect(Number.isFinite(within(bound, huge))).toBe(true);
      expect(isExceeded(bound, huge, 1e-9)).toBe(true);
      expect(isExceeded(bound, listed(times(3, beside(1e6, 1e9, 1e6, 1e9))), 0.05)).toBe(false);
    }
  });
});

describe("the list", () => {
  const sumOf = (batches: readonly Batch[]) =>
    batches.reduce((sum, { changed, baseline }) => sum + changed.bad + changed.all + baseline.bad + baseline.all, 0);

  test("holds all batches while it is short", () => {
    expect(listed([beside(1, 2, 3, 4), beside(5, 6, 7, 8)], 2)).toEqual([
      { ...beside(1, 2, 3, 4), index: 1 },
      { ...beside(5, 6, 7, 8), index: 2 },
    ]);
  });

  test("adds the oldest up when it is full, and loses no event", () => {
    const counts = Array.from({ length: 10 }, (_, at) => beside(at, 20, at, 40));
    const short = listed(counts, 4);
    expect(short.map(({ index }) => index)).toEqual([1, 8, 9, 10]);
    expect(short[0]).toEqual({ ...beside(21, 140, 21, 280), index: 1 });
    expect(sumOf(short)).toBe(sumOf(listed(counts)));
  });

  test("says no more than the whole of it would, and the same of what began with it or within it", () => {
    const late = [...times(30, alone(0, 100)), ...times(5, alone(5, 100))];
    expect(against(rate(0.01), listed(late, 8))).toBeLessThanOrEqual(against(rate(0.01), listed(late)));
    expect(against(rate(0.01), listed(late, 8))).toBeCloseTo(against(rate(0.01), listed(late)), 1);
    expect(listed(late, 240)).toEqual(listed(late));
  });

  test("is bounded", () => {
    expect(listed(times(1000, alone(1, 100))).length).toBe(240);
  });

  test("takes a reading without changed events as part of its neighbour", () => {
    const before = beside(0, 0, 3, 100);
    expect(listed([before, before, beside(1, 10, 3, 100), before])).toEqual([{ ...beside(1, 10, 12, 400), index: 1 }]);
  });
});
