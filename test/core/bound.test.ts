import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowed, type Bound, type Counts, greatestLikelihood } from "../../src/core/bound.ts";
import { logLikelihood } from "../../src/core/likelihood.ts";

const tally = fc.tuple(fc.nat(40), fc.nat(40)).map(([bad, good]) => ({ bad, all: bad + good }));
const counts = fc.record({ changed: tally, baseline: tally });
const share = fc.integer({ min: 0, max: 20 }).map((twentieths) => twentieths / 20);
const relative = fc.record({
  type: fc.constant("relative" as const),
  factor: fc.nat(8).map((n) => n / 2),
  plus: share,
});
const side = fc.constantFrom("kept", "broken");

const steps = Array.from({ length: 101 }, (_, step) => step / 100);

/** The greatest over a grid of rates: never more than over all of them. */
function onGrid(bound: Bound, { changed, baseline }: Counts, keeps: boolean): number {
  const rates = steps.flatMap((p0) => steps.map((p1) => ({ p0, p1, excess: p1 - allowed(bound, p0) })));
  const fitting = rates.filter(({ excess }) => (keeps ? excess <= 1e-12 : excess >= -1e-12));
  return fitting.reduce(
    (most, { p0, p1 }) => Math.max(most, logLikelihood(changed, p1) + logLikelihood(baseline, p0)),
    Number.NEGATIVE_INFINITY,
  );
}

describe("the greatest likelihood", () => {
  test("of a rate is at the observed rate, or else at the limit", () => {
    const bound = { type: "rate", most: 0.1 } as const;
    const at = (bad: number, where: "kept" | "broken") =>
      greatestLikelihood(bound, { changed: { bad, all: 10 }, baseline: { bad: 9, all: 9 } }, where);
    expect(at(0, "kept")).toBe(0);
    expect(at(4, "kept")).toBe(logLikelihood({ bad: 4, all: 10 }, 0.1));
    expect(at(0, "broken")).toBe(logLikelihood({ bad: 0, all: 10 }, 0.1));
    expect(at(4, "broken")).toBe(logLikelihood({ bad: 4, all: 10 }, 0.4));
  });

  test("of a relation is that of a search over all rates", () => {
    fc.assert(
      fc.property(relative, counts, side, (bound, counted, where) => {
        fc.pre(where === "kept" || bound.factor === 0 || bound.factor + bound.plus <= 1);
        const found = greatestLikelihood(bound, counted, where);
        const searched = onGrid(bound, counted, where === "kept");
        expect(found).toBeGreaterThanOrEqual(searched - 1e-9);
        if (Number.isFinite(searched)) expect(found).toBeLessThan(searched + 1);
        const free = logLikelihood(counted.changed, counted.changed.bad / Math.max(1, counted.changed.all));
        const other = logLikelihood(counted.baseline, counted.baseline.bad / Math.max(1, counted.baseline.all));
        expect(found).toBeLessThanOrEqual(free + other + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  test("is on the limit where the observed rates are beyond it (by hand: the pooled rate)", () => {
    const equal = { type: "relative", factor: 1, plus: 0 } as const;
    const counted = { changed: { bad: 30, all: 100 }, baseline: { bad: 10, all: 300 } };
    expect(greatestLikelihood(equal, counted, "kept")).toBeCloseTo(logLikelihood({ bad: 40, all: 400 }, 0.1), 9);
    expect(greatestLikelihood(equal, counted, "broken")).toBeCloseTo(
      logLikelihood(counted.changed, 0.3) + logLikelihood(counted.baseline, 1 / 30),
      9,
    );
  });

  test("is a number for the limits at the ends", () => {
    const counted = { changed: { bad: 3, all: 10 }, baseline: { bad: 1, all: 10 } };
    const none = { type: "relative", factor: 0, plus: 0 } as const;
    expect(greatestLikelihood(none, counted, "kept")).toBe(Number.NEGATIVE_INFINITY);
    const everything = { type: "relative", factor: 0, plus: 1 } as const;
    expect(greatestLikelihood(everything, counted, "broken")).toBe(Number.NEGATIVE_INFINITY);
    expect(greatestLikelihood({ ...everything, factor: 2 }, counted, "broken")).toBe(Number.NEGATIVE_INFINITY);
  });

  test("leaves what was not counted free", () => {
    const double = { type: "relative", factor: 2, plus: 0 } as const;
    const some = { bad: 3, all: 10 };
    const none = { bad: 0, all: 0 };
    for (const where of ["kept", "broken"] as const) {
      expect(greatestLikelihood(double, { changed: some, baseline: none }, where)).toBe(logLikelihood(some, 0.3));
      expect(greatestLikelihood(double, { changed: none, baseline: some }, where)).toBe(logLikelihood(some, 0.3));
    }
  });
});

test("a rate never has more room than all", () => {
  expect(allowed({ type: "rate", most: 0.2 }, 0.9)).toBe(0.2);
  expect(allowed({ type: "relative", factor: 2, plus: 0.1 }, 0.2)).toBe(0.5);
  expect(allowed({ type: "relative", factor: 2, plus: 0.1 }, 0.9)).toBe(1);
});
