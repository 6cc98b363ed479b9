import fc from "fast-check";
import { expect, test } from "vitest";
import { mostRecorded, pack, unpack } from "../../src/core/packed.ts";
import type { Reading, Sample } from "../../src/core/sample.ts";
import { counters, gauge } from "./evidence.ts";

const at = Date.UTC(2026, 10, 21, 22, 30);

/** JSON has one zero. */
const value = fc.double().map((number) => (number === 0 ? 0 : number));
const name = fc.oneof(fc.string(), fc.constantFrom("value{}", "le=0.05{}", "bad", "__proto__", "constructor"));
const series = fc.dictionary(name, value, { maxKeys: 5 });
const cause = fc.constantFrom("no-data", "nan", "stale", "provider-error" as const);

const reading: fc.Arbitrary<Reading> = fc.oneof(
  fc.record({ type: fc.constant("gauge" as const), value }),
  fc.record({ type: fc.constant("counters" as const), series }),
  fc.record({ type: fc.constant("growth" as const), series, over: fc.nat() }),
  fc.record({
    type: fc.constant("identity" as const),
    identity: fc.string(),
    count: fc.option(fc.nat(), { nil: undefined }),
  }),
  fc.record({ type: fc.constant("missing" as const), cause, detail: fc.string() }),
);

const time = fc.integer({ min: -1e9, max: 1e9 }).map((ms) => at + ms);

const sample: fc.Arbitrary<Sample> = fc.record(
  {
    metric: fc.constantFrom("p99", "errors", "healthy"),
    host: fc.constantFrom("api-01", "api-02", "@fleet", "__proto__"),
    at: time,
    reading,
    origin: fc.constantFrom("the host", "prometheus http://p:9090"),
    stamp: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
    start: time,
  },
  { requiredKeys: ["metric", "host", "at", "reading", "origin"] },
);

function sorted(samples: readonly Sample[]): readonly Sample[] {
  const key = ({ metric, origin }: Sample) => `${metric} ${origin}`;
  return [...samples].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
}

test("property: what is packed, written as JSON and read again are the same samples, each metric's in their order", () => {
  const samples = fc.array(sample, { maxLength: 30 });
  const again = (given: readonly Sample[]) => unpack(JSON.parse(JSON.stringify(pack(given, at))), at);
  fc.assert(
    fc.property(samples, (given) => {
      expect(sorted(again(given))).toEqual(sorted(given));
    }),
  );
});

test("names stand once, however many hosts there are", () => {
  const reading = counters({ "le=0.05{}": 1, "le=+Inf{}": 2 });
  const samples = ["api-01", "api-02"].map((host) => ({ metric: "p99", host, at: at - 20, reading, origin: "a page" }));
  expect(pack(samples, at)).toEqual({
    hosts: ["api-01", "api-02"],
    metrics: [
      {
        metric: "p99",
        origin: "a page",
        series: ["le=0.05{}", "le=+Inf{}"],
        rows: [
          [0, -20, [1, 2]],
          [1, -20, [1, 2]],
        ],
      },
    ],
  });
});

test("a metric of too many numbers is recorded as missing, and says so; the others stay", () => {
  const many = counters(Object.fromEntries(Array.from({ length: mostRecorded / 2 + 1 }, (_, i) => [`value{${i}}`, i])));
  const of = (metric: string, host: string, reading: Reading) => ({ metric, host, at, reading, origin: "a page" });
  const samples = [of("jobs", "a", many), of("jobs", "b", many), of("conns", "a", gauge(3))];
  const read = unpack(pack(samples, at), at);
  const missing = { type: "missing", cause: "no-data", detail: "20002 numbers are more than the journal takes" };
  expect(read.map((one) => one.reading)).toEqual([missing, missing, gauge(3)]);
});

test("numbers that are none come back as they were", () => {
  const of = (reading: Sample["reading"]): Sample => ({ metric: "m", host: "a", at: 5, reading, origin: "a page" });
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of odd) {
    const gauge = of({ type: "gauge", value });
    const counters = of({ type: "counters", series: { a: value, b: 1 } });
    expect(unpack(JSON.parse(JSON.stringify(pack([gauge], 5))), 5)).toEqual([gauge]);
    expect(unpack(JSON.parse(JSON.stringify(pack([counters], 5))), 5)).toEqual([counters]);
  }
});
