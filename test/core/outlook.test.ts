import { describe, expect, test } from "vitest";
import { eventsToBeWithin, eventsToExceed, type Outlook } from "../../src/core/outlook.ts";
import { type Batch, isExceeded, remember, within } from "../../src/core/sequential.ts";
import { binomial, random } from "../random.ts";

const nothing = { rate: 0, ratio: 0 };
const alpha = 1 / 4000;

const rate = (most: number, truth: number): Outlook => ({
  bound: { type: "rate", most },
  alpha,
  rate: truth,
  baseline: nothing,
});
const relative = (truth: number, ratio: number): Outlook => ({
  bound: { type: "relative", factor: 1.5, plus: 0.001 },
  alpha,
  rate: truth,
  baseline: { rate: 0.001, ratio },
});

/** Events on changed hosts until it is decided, the median of some runs with a reading every `size` events. */
function simulated(outlook: Outlook, size: number, decided: (batches: readonly Batch[]) => boolean): number {
  const draw = random(5);
  const runs = Array.from({ length: 101 }, () => {
    let batches: readonly Batch[] = [];
    let events = 0;
    while (!decided(batches) && events < 1e5) {
      const compared = size * outlook.baseline.ratio;
      const changed = { bad: binomial(draw, size, outlook.rate), all: size };
      const baseline = { bad: binomial(draw, compared, outlook.baseline.rate), all: compared };
      batches = remember(batches, { changed, baseline });
      events += size;
    }
    return events;
  });
  return runs.sort((left, right) => left - right)[50] ?? 0;
}

describe("how many events it takes", () => {
  test.each([
    ["0.1% to 1% at 0.5%", rate(0.005, 0.01), 500],
    ["1% to 5% at 2%", rate(0.02, 0.05), 60],
    ["p99 to p95", rate(0.01, 0.05), 25],
    ["1% with as many others at 0.1%", relative(0.01, 1), 700],
    ["1% with eleven times as many others at 0.1%", relative(0.01, 11), 300],
  ] as const)("to find %s is about what it takes", (_, outlook, size) => {
    const predicted = eventsToExceed(outlook) ?? 0;
    const taken = simulated(outlook, size, (batches) => isExceeded(outlook.bound, batches, alpha));
    expect(taken / predicted).toBeGreaterThan(0.6);
    expect(taken / predicted).toBeLessThan(1.6);
  });

  test("to know that all is well is about what it takes", () => {
    const outlook = rate(0.01, 0.001);
    const taken = simulated(outlook, 100, (batches) => within(outlook.bound, batches) >= -Math.log(alpha));
    const predicted = eventsToBeWithin(outlook) ?? 0;
    expect(taken / predicted).toBeGreaterThan(0.6);
    expect(taken / predicted).toBeLessThan(1.6);
  });

  test("is the fewest: one less does not suffice", () => {
    const events = eventsToExceed(rate(0.01, 1)) ?? 0;
    const all = (count: number): readonly Batch[] =>
      [1, 2, 3].map((index) => ({
        changed: { bad: count / 3, all: count / 3 },
        baseline: { bad: 0, all: 0 },
        index,
      }));
    expect(isExceeded({ type: "rate", most: 0.01 }, all(events), alpha)).toBe(true);
    expect(isExceeded({ type: "rate", most: 0.01 }, all(events - 1), alpha)).toBe(false);
    expect(events).toBeLessThan(10);
  });

  test("has no answer where there is none", () => {
    expect(eventsToExceed(rate(0.01, 0.01))).toBeUndefined();
    expect(eventsToExceed(rate(0.01, 0.001))).toBeUndefined();
    expect(eventsToExceed(relative(0.002, 1))).toBeUndefined();
    expect(eventsToExceed(relative(0.5, 0))).toBeUndefined();
    expect(eventsToBeWithin(rate(0.01, 0.01))).toBeUndefined();
    expect(eventsToBeWithin(rate(0.01, 0.02))).toBeUndefined();
    expect(eventsToBeWithin(relative(0.01, 1))).toBeUndefined();
  });

  test("is less for a worse failure, and for more to compare with", () => {
    const order = [relative(0.01, 11), relative(0.01, 1), relative(0.005, 1)].map((one) => eventsToExceed(one) ?? 0);
    expect(order).toEqual([...order].sort((left, right) => left - right));
    expect(new Set(order).size).toBe(3);
  });
});
