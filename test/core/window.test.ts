import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growth, pooledBuckets, quantileOf, totalOf } from "../../src/core/counts.ts";
import { addSamples, emptyEvidence, historyOf, windowReadings } from "../../src/core/window.ts";
import { changed, counters, evidence, gauge, identity, lost, samples } from "./evidence.ts";

const timed = (values: readonly Readonly<Record<string, number>>[]) =>
  values.map((series, index) => ({ at: index * 1000, reading: counters(series) }));

describe("evidence", () => {
  test("keeps the last readings of a metric on a host, and no more", () => {
    const of = changed(["a"]);
    const readings = Array.from({ length: 30 }, (_, value) => gauge(value));
    const history = historyOf(evidence(samples("conns", "a", readings), of), "conns", "a", of);
    expect(history?.readings).toHaveLength(windowReadings);
    expect(history?.readings.at(-1)).toEqual({ at: 30_000, reading: gauge(29) });
  });

  test("takes nothing from before the end of a changed host's warm-up (cell 70)", () => {
    const of = changed(["a"], 2000, 3000);
    const found = evidence(samples("conns", "a", [1, 2, 3, 4, 5, 6].map(gauge)), of);
    expect(historyOf(found, "conns", "a", of)?.readings.map(({ at }) => at)).toEqual([5000, 6000]);
  });

  test("takes everything from a host without the change, and starts anew when the host is changed", () => {
    const before = changed([]);
    const found = evidence(samples("conns", "a", [gauge(1), gauge(2)]), before);
    expect(historyOf(found, "conns", "a", before)?.readings).toHaveLength(2);
    const after = changed(["a"], 2500);
    expect(historyOf(found, "conns", "a", after)).toBeUndefined();
    const later = addSamples(found, samples("conns", "a", [gauge(3)], 3), after);
    expect(historyOf(later, "conns", "a", after)?.readings).toEqual([{ at: 3000, reading: gauge(3) }]);
  });

  test("starts anew when a host is put back", () => {
    const of = changed(["a"]);
    const found = evidence(samples("conns", "a", [gauge(1)]), of);
    expect(historyOf(found, "conns", "a", changed([]))).toBeUndefined();
  });

  test("a reading that is told twice counts once", () => {
    const of = changed(["a"]);
    const found = addSamples(evidence(samples("conns", "a", [gauge(1)]), of), samples("conns", "a", [gauge(9)]), of);
    expect(historyOf(found, "conns", "a", of)?.readings).toEqual([{ at: 1000, reading: gauge(1) }]);
  });

  test("remembers every life of the service for as long as the host has the change", () => {
    const of = changed(["a"]);
    const readings = [identity("1"), ...Array.from({ length: 20 }, () => identity("2", 7))];
    const history = historyOf(evidence(samples("restarts", "a", readings), of), "restarts", "a", of);
    expect(history?.lives).toEqual(["1", "2"]);
    expect(history?.counted).toEqual({ first: { at: 2000, count: 7 }, last: { at: 21_000, count: 7 } });
  });

  test("a crash loop does not grow it without end", () => {
    const of = changed(["a"]);
    const readings = Array.from({ length: 200 }, (_, life) => identity(String(life)));
    expect(historyOf(evidence(samples("restarts", "a", readings), of), "restarts", "a", of)?.lives).toHaveLength(50);
  });

  test("the order of samples does not matter", async () => {
    const of = changed(["a"], 0, 2000);
    const all = [
      ...samples("conns", "a", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map(gauge)),
      ...samples("restarts", "a", [identity("1", 0), lost, identity("2", 1), identity("2", 4), identity("3", 0)]),
    ];
    const straight = evidence(all, of);
    const orders = fc.shuffledSubarray([...all], { minLength: all.length });
    await fc.assert(
      fc.property(orders, (shuffled) => {
        const twice = addSamples(emptyEvidence, shuffled, of);
        const conns = historyOf(twice, "conns", "a", of);
        expect(conns).toEqual(historyOf(straight, "conns", "a", of));
        const restarts = historyOf(twice, "restarts", "a", of);
        const wanted = historyOf(straight, "restarts", "a", of);
        expect({ ...restarts, lives: new Set(restarts?.lives) }).toEqual({ ...wanted, lives: new Set(wanted?.lives) });
      }),
    );
  });
});

describe("where a sample came from", () => {
  const of = changed(["a"]);
  const count = (at: number, all: number, more: object = {}) => {
    return { metric: "all", host: "a", at, reading: counters({ all }), origin: "a page", ...more };
  };

  test("counts of two origins are never subtracted", () => {
    const found = evidence([count(1, 10), count(2, 20), count(3, 900, { origin: "a server" })], of);
    const history = historyOf(found, "all", "a", of);
    expect(history?.readings.map(({ at }) => at)).toEqual([3]);
    expect(history?.grown.get("all")).toBe(10);
    const later = addSamples(found, [count(4, 905, { origin: "a server" })], of);
    expect(historyOf(later, "all", "a", of)?.grown.get("all")).toBe(15);
  });

  test("the same sample of the source, read twice, is one", () => {
    const found = evidence([count(1, 10, { stamp: 5 }), count(2, 10, { stamp: 5 }), count(3, 12, { stamp: 6 })], of);
    expect(historyOf(found, "all", "a", of)?.readings.map(({ at }) => at)).toEqual([1, 3]);
  });

  test("what the process counted that ran before is stale", () => {
    const life = { metric: "restarts", host: "a", at: 1, reading: identity("1"), origin: "the host", start: 100_000 };
    const readings = (start: number) =>
      historyOf(evidence([life, count(1, 10, { start })], of), "all", "a", of)?.readings[0]?.reading;
    expect(readings(90_000)).toMatchObject({ type: "missing", cause: "stale" });
    expect(readings(99_000)).toEqual(counters({ all: 10 }));
    expect(readings(110_000)).toEqual(counters({ all: 10 }));
  });
});

describe("growth", () => {
  test("that ship counted itself is added up, from the first reading on", () => {
    const reading = (all: number) => ({ type: "growth", series: { all }, over: 500 }) as const;
    expect(growth([1, 2, 3].map((at) => ({ at, reading: reading(at) })))).toEqual({
      series: new Map([["all", 6]]),
      over: 1500,
    });
    expect(
      evidence(samples("m", "a", [reading(2), reading(3)]), changed(["a"]))
        .get("m")
        ?.get("a")?.grown,
    ).toEqual(new Map([["all", 5]]));
  });

  test("needs two readings that are finite throughout", () => {
    expect(growth([])).toBeUndefined();
    expect(growth(timed([{ value: 1 }]))).toBeUndefined();
    expect(growth(timed([{ value: 1 }, { value: Number.NaN }]))).toBeUndefined();
    expect(growth([...timed([{ value: 1 }]), { at: 1, reading: lost }])).toBeUndefined();
  });

  test("is the difference of each series, and the time between first and last", () => {
    const grown = growth(
      timed([
        { all: 10, bad: 1 },
        { all: 30, bad: 1 },
        { all: 40, bad: 3 },
      ]),
    );
    expect(grown).toEqual({
      series: new Map([
        ["all", 30],
        ["bad", 2],
      ]),
      over: 2000,
    });
  });

  test("a smaller value is a restart, and counts whole", () => {
    expect(growth(timed([{ all: 100 }, { all: 5 }, { all: 8 }]))?.series.get("all")).toBe(8);
  });

  test("a new series grew from nothing; one that comes back goes on from where it was", () => {
    const grown = growth(timed([{ 'all{code="200"}': 10 }, { 'all{code="500"}': 4 }, { 'all{code="200"}': 12 }]));
    expect(grown).toBeDefined();
    if (grown !== undefined) expect(totalOf("all", grown)).toBe(6);
  });

  test("is what was counted, however often the process restarts", async () => {
    const steps = fc.array(fc.record({ more: fc.nat({ max: 50 }), restart: fc.boolean() }), {
      minLength: 1,
      maxLength: 9,
    });
    await fc.assert(
      fc.property(fc.nat({ max: 1000 }), steps, (start, moves) => {
        let value = start;
        let counted = 0;
        const readings = [{ all: start }];
        for (const { more, restart } of moves) {
          // A restart that counts past its old value before the next reading cannot be seen by anyone.
          const seen = restart && more < value;
          value = seen ? more : value + more;
          counted += more;
          readings.push({ all: value });
        }
        expect(growth(timed(readings))?.series.get("all")).toBe(counted);
      }),
    );
  });
});

describe("quantiles", () => {
  const buckets = [
    { bound: 0.1, count: 10 },
    { bound: 0.2, count: 30 },
    { bound: 0.4, count: 40 },
    { bound: Number.POSITIVE_INFINITY, count: 40 },
  ];

  test.each([
    // Rank 20 is the 10th of the 20 observations between 0.1 and 0.2.
    [0.5, 0.15],
    // Rank 4 is the 4th of the 10 observations between 0 and 0.1.
    [0.1, 0.04],
    // Rank 36 is the 6th of the 10 between 0.2 and 0.4.
    [0.9, 0.32],
    [0.25, 0.1],
  ])("%d is interpolated within its bucket, as by Prometheus", (quantile, value) => {
    const found = quantileOf(quantile, buckets);
    expect(found?.value).toBeCloseTo(value, 12);
    expect(found?.atLeast).toBe(false);
  });

  test("above the highest bucket it is only known to be more than that", () => {
    const slow = [
      { bound: 0.1, count: 1 },
      { bound: Number.POSITIVE_INFINITY, count: 100 },
    ];
    expect(quantileOf(0.99, slow)).toEqual({ value: 0.1, atLeast: true });
  });

  test("a first bucket that ends at or below zero is its own answer", () => {
    const cold = [
      { bound: -5, count: 9 },
      { bound: 0, count: 10 },
      { bound: Number.POSITIVE_INFINITY, count: 10 },
    ];
    expect(quantileOf(0.5, cold)).toEqual({ value: -5, atLeast: false });
  });

  test("there is none without observations, without +Inf or without a finite bucket", () => {
    expect(quantileOf(0.5, [])).toBeUndefined();
    expect(
      quantileOf(0.5, [
        { bound: 1, count: 3 },
        { bound: 2, count: 3 },
      ]),
    ).toBeUndefined();
    expect(quantileOf(0.5, [{ bound: Number.POSITIVE_INFINITY, count: 3 }])).toBeUndefined();
    expect(
      quantileOf(
        0.5,
        buckets.map((bucket) => ({ ...bucket, count: 0 })),
      ),
    ).toBeUndefined();
  });

  test("histograms are pooled over labels and hosts, on the bounds that all of them have", () => {
    const one = {
      "le=0.1{}": 1,
      "le=0.5{}": 2,
      "le=+Inf{}": 3,
      'le=0.1{path="/"}': 10,
      'le=0.5{path="/"}': 10,
      'le=+Inf{path="/"}': 10,
    };
    const other = { "le=0.1{}": 100, "le=0.25{}": 100, "le=+Inf{}": 100, other: 5 };
    const zero = (series: object) => Object.fromEntries(Object.keys(series).map((key) => [key, 0]));
    const growths = [one, other].flatMap((series) => growth(timed([zero(series), series])) ?? []);
    expect(pooledBuckets(growths)).toEqual([
      { bound: 0.1, count: 111 },
      { bound: Number.POSITIVE_INFINITY, count: 113 },
    ]);
  });

  test("counts that fall with the bound were read at different moments: the larger counts", () => {
    const torn = { "le=1{}": 5, "le=2{}": 4, "le=+Inf{}": 6 };
    const grown = growth(timed([{ "le=1{}": 0, "le=2{}": 0, "le=+Inf{}": 0 }, torn]));
    expect(pooledBuckets(grown === undefined ? [] : [grown]).map(({ count }) => count)).toEqual([5, 5, 6]);
  });
});
