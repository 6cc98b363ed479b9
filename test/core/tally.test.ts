import { expect, test } from "vitest";
import type { CountedForm } from "../../src/core/counted-form.ts";
import type { Growth } from "../../src/core/counts.ts";
import { quantileRange } from "../../src/core/quantile-range.ts";
import { type Cut, questionOf, tallyOf } from "../../src/core/tally.ts";

const grown = (series: Readonly<Record<string, number>>): Growth => ({
  series: new Map(Object.entries(series)),
  over: 0,
});
const histogram = grown({ "le=0.025": 50, "le=0.1": 90, "le=+Inf": 100 });
const p99: CountedForm = {
  metric: "p99",
  scope: "changed",
  shape: { type: "quantile", quantile: 0.99, scale: 1000 },
  worse: "more",
  factor: 0,
  plus: 50,
};

test("a limit between two edges, or beside them all, is no question, and the nearest edges are told", () => {
  const asked = (plus: number) => questionOf({ ...p99, plus }, { changed: [histogram], baseline: [] });
  expect(asked(50)).toEqual({ limit: 50, below: 25, above: 100 });
  expect(asked(10)).toEqual({ limit: 10, below: undefined, above: 25 });
  expect(asked(500)).toEqual({ limit: 500, below: 100, above: undefined });
  expect(asked(100)).toMatchObject({ bound: { type: "rate" }, cut: { changed: 0.1, baseline: 0.1 } });
});

test("without a histogram there is no question yet", () => {
  expect(questionOf(p99, { changed: [grown({})], baseline: [] })).toBeUndefined();
  expect(questionOf({ ...p99, factor: 1, plus: 0 }, { changed: [histogram], baseline: [] })).toBeUndefined();
});

test("the events above an edge are counted, or those that are not; a histogram without it gives none", () => {
  const cut: Cut = { type: "edge", changed: 0.1, baseline: 0.025, turned: false };
  expect(tallyOf(cut, histogram, "changed")).toEqual({ bad: 10, all: 100 });
  expect(tallyOf(cut, histogram, "baseline")).toEqual({ bad: 50, all: 100 });
  expect(tallyOf({ ...cut, turned: true }, histogram, "changed")).toEqual({ bad: 90, all: 100 });
  expect(tallyOf(cut, grown({}), "changed")).toEqual({ bad: 0, all: 0 });
  expect(tallyOf(cut, grown({ "le=0.2": 5, "le=+Inf": 5 }), "changed")).toBeUndefined();
  expect(tallyOf(cut, grown({ "le=0.1": 5 }), "changed")).toBeUndefined();
});

test("where a quantile is, is not known without events", () => {
  expect(quantileRange({ quantile: 0.99, scale: 1 }, [], 0.05)).toBeUndefined();
  expect(
    quantileRange({ quantile: 0.5, scale: 1000 }, [grown({ "le=0.025": 900, "le=0.1": 1000, "le=+Inf": 1000 })], 0.05),
  ).toMatchObject({
    low: expect.closeTo(12.2, 0),
    high: expect.closeTo(15.5, 0),
  });
});
