import { describe, expect, test } from "vitest";
import type { AssertionPolicy } from "../../src/core/component.ts";
import { failedHours, judgedHours, judgePast, pastVerdict, together } from "../../src/core/past.ts";
import type { Measurement } from "../../src/core/recording.ts";
import type { Section } from "../../src/core/section.ts";
import { assertion, component as base } from "../simulation/component.ts";
import { gauge } from "./evidence.ts";

const hour = 3_600_000;
const from = 1000 * hour + 17;

/** An hour in which active_cons is read five times, ten seconds apart. */
function hourOf(index: number, values: readonly number[]): Section {
  const startedAt = from + index * hour;
  const changed = { since: new Map([["api-01", 0]]), warmup: 0 };
  const measurements = values.map((value, count): Measurement => {
    const at = startedAt + count * 10_000;
    const samples = [{ metric: "active_cons", host: "api-01", at, reading: gauge(value), origin: "a page" }];
    return { stage: "", index: 0, bake: 100_000, at, every: 10_000, changed, unchanged: [], samples };
  });
  const nothing = { baked: true, told: new Map(), end: undefined, cohorts: new Set<string>(), hosts: 1 };
  return { run: 1, stage: "", index: 0, startedAt, measurements, ...nothing };
}

function past(assertions: readonly AssertionPolicy[], ...hours: readonly (readonly number[])[]) {
  const sections = hours.map((values, index) => hourOf(index, values));
  return judgePast(base([], { assertions }), sections, from);
}

const floor = assertion("active_cons > 10");

describe("by the hour", () => {
  const judged = past([floor], [20, 20, 20, 20], [20, 5, 5, 20], [12, 12, 12, 12], [20]);
  const [one] = judged;

  test("an hour fails when it failed once, and counts only with a verdict", () => {
    expect([...(one?.failed ?? [])]).toEqual([1]);
    expect([...(one?.judged ?? [])]).toEqual([0, 1, 2]);
    expect([...failedHours(judged)]).toEqual([1]);
    expect([...judgedHours(judged)]).toEqual([0, 1, 2]);
    expect(pastVerdict(judged)).toBe("fail");
  });

  test("the number furthest beyond its limit is told, with its time", () => {
    expect(one?.tightest).toMatchObject({ value: 5, limit: 10, at: from + hour + 20_000 });
  });

  test("why there was no verdict is kept", () => {
    expect(one?.causes).toMatchObject([{ cause: "too-few" }]);
  });
});

test("all well, and how near it came", () => {
  const judged = past([floor], [20, 20, 20], [30, 30, 12]);
  expect(pastVerdict(judged)).toBe("pass");
  expect(judged[0]?.tightest).toMatchObject({ value: 12, at: from + hour + 20_000 });
});

test.each([
  [
    "active_cons < 10",
    [
      [5, 5, 5],
      [9, 9, 9],
      [2, 2, 2],
    ],
    9,
  ],
  [
    "10 > active_cons",
    [
      [5, 5, 5],
      [9, 9, 9],
      [2, 2, 2],
    ],
    9,
  ],
  [
    "active_cons >= 1",
    [
      [5, 5, 5],
      [9, 9, 9],
      [2, 2, 2],
    ],
    2,
  ],
  [
    "active_cons <= 10",
    [
      [5, 5, 5],
      [9, 9, 9],
      [2, 2, 2],
    ],
    9,
  ],
  [
    "active_cons == 5",
    [
      [5, 5, 5],
      [9, 9, 9],
      [2, 2, 2],
    ],
    9,
  ],
  [
    "active_cons != 6",
    [
      [5, 5, 5],
      [9, 9, 9],
      [2, 2, 2],
    ],
    5,
  ],
  [
    "active_cons > 0",
    [
      [5, 5, 5],
      [9, 9, 9],
      [2, 2, 2],
    ],
    2,
  ],
])("%s was tightest at %j", (text, hours, value) => {
  expect(past([assertion(text)], ...hours)[0]?.tightest?.value).toBe(value);
});

test("a condition without one limit has no tightest number", () => {
  expect(past([assertion("active_cons > 1 && active_cons < 9")], [5, 5, 5])[0]).toMatchObject({ tightest: undefined });
});

test("what is only observed makes no hour bad", () => {
  const judged = past([assertion("active_cons > 10", { observeOnly: true })], [5, 5, 5]);
  expect(judged[0]?.failed.size).toBe(1);
  expect(failedHours(judged).size).toBe(0);
  expect(pastVerdict(judged)).toBe("undecided");
});

test("one that was never judged leaves the whole undecided, and a fail of another outweighs it", () => {
  const never = assertion("error_rate < 1");
  expect(pastVerdict(past([floor, never], [20, 20, 20]))).toBe("undecided");
  expect(pastVerdict(past([floor, never], [5, 5, 5]))).toBe("fail");
});

test("two looks at the past are one: hours of both, the tighter number, the cause where neither has a verdict", () => {
  const left = past([floor, assertion("error_rate < 1")], [20, 20, 20], [12, 12, 12]);
  const right = past([floor], [20, 20, 20], [20, 20, 20], [11, 11, 11]);
  const both = together(left, right);
  expect(both[0]?.judged.size).toBe(3);
  expect(both[0]?.tightest).toMatchObject({ value: 11 });
  expect(together(right, left)[0]?.tightest).toMatchObject({ value: 11 });
  expect(both[1]).toEqual(left[1]);
  const none = past([floor], [20]);
  expect(together(none, left)[0]?.tightest).toMatchObject({ value: 12 });
  expect(together(past([floor]), none)[0]?.causes).toEqual(none[0]?.causes);
  expect(together(none, past([floor]))[0]?.causes).toEqual(none[0]?.causes);
});
