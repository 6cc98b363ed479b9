import { describe, expect, test } from "vitest";
import { compileAssertion } from "../../src/config/assertion.ts";
import { alphaOf } from "../../src/core/budget.ts";
import type { AssertionPolicy, MetricPolicy } from "../../src/core/component.ts";
import { type Judged, judge, methodOf, startTrial } from "../../src/core/judge.ts";
import { groups, measuresOf, type Reading, type Sample } from "../../src/core/sample.ts";
import { addSamples, type Changed, emptyEvidence } from "../../src/core/window.ts";
import { component } from "../simulation/component.ts";
import { counters, gauge, lost, policy, second } from "./evidence.ts";

const metrics: readonly MetricPolicy[] = [
  { name: "errors", shape: { type: "ratio" } },
  { name: "served", shape: { type: "ratio" } },
  { name: "p99", shape: { type: "quantile", quantile: 0.99, scale: 1000 } },
  { name: "p50", shape: { type: "quantile", quantile: 0.5, scale: 1000 } },
  { name: "cons", shape: { type: "gauge" } },
  { name: "depth", shape: { type: "gauge" }, grouped: true },
].map((one) => ({ across: "mean", grouped: false, sources: [], ...one }) as MetricPolicy);
const measures = measuresOf(metrics);

function asserted(text: string, more: Partial<AssertionPolicy> = {}): AssertionPolicy {
  const compiled = compileAssertion(text, [...measures.keys()]);
  if (compiled.type !== "ok") throw new Error(compiled.message);
  return policy(compiled.condition, { text, minEvents: 100, ...more });
}

/** What a host's counters show at second `at`, by host and metric. */
type Service = Readonly<Record<string, Readonly<Record<string, (at: number) => Reading>>>>;

type Setting = { readonly since?: Readonly<Record<string, number>>; readonly baseline?: readonly string[] };

/** Judges after each of so many seconds; `since`: hosts with the change, and since when (s). */
function watched(policy: AssertionPolicy, service: Service, until: number, setting: Setting = {}): Judged {
  const { since = { a: 0 }, baseline = [] } = setting;
  let evidence = emptyEvidence;
  let trial = startTrial();
  let judged: Judged | undefined;
  for (let at = 1; at <= until; at += 1) {
    const here = Object.entries(since).filter(([, from]) => from < at);
    const changed: Changed = { since: new Map(here.map(([host, from]) => [host, from * second])), warmup: 0 };
    const samples: Sample[] = Object.entries(service).flatMap(([host, given]) =>
      Object.entries(given).map(([metric, reading]) => {
        return { metric, host, at: at * second, reading: reading(at), origin: "a page" };
      }),
    );
    evidence = addSamples(evidence, samples, changed);
    const left = baseline.filter((host) => !changed.since.has(host));
    const fleet = [...changed.since.keys(), ...left];
    const view = { evidence, changed, at: at * second, every: second, measures, baseline: left, fleet, alpha: 0.001 };
    judged = judge(trial, policy, view);
    trial = judged.trial;
  }
  if (judged === undefined) throw new Error("nothing was watched");
  return judged;
}

/** A hundred requests a second; so many of a thousand are bad, from a second on. */
const failing = (bad: number, from = 0) => ({
  errors: (at: number) =>
    counters({ all: 1000 + 100 * at, bad: Math.floor((bad * 100 * Math.max(0, at - from)) / 1000) }),
  served: (at: number) => counters({ all: 100 * at, bad: 100 * at - Math.floor((bad * 100 * at) / 1000) }),
});

/** A hundred requests a second; so many of a thousand take 60 to 80 ms, the others 10. */
const slow = (share: number, edges = [0.01, 0.05, 0.06, 0.1]) => ({
  p99: (at: number) => {
    const long = Math.floor((share * 100 * at) / 1000);
    const buckets = edges.map((edge) => [`le=${edge}`, edge < 0.08 ? 100 * at - long : 100 * at] as const);
    return counters({ ...Object.fromEntries(buckets), "le=+Inf": 100 * at });
  },
  p50: (at: number) => counters({ "le=0.01": 60 * at, "le=+Inf": 100 * at }),
});

const verdict = (text: string, service: Service, until: number, setting?: Setting) =>
  watched(asserted(text), service, until, setting).judgement.verdict;

describe("against a number", () => {
  test("a rate that is kept passes, near the limit too, and one that is not fails", () => {
    expect(verdict("errors < 0.01", { a: failing(1) }, 10)).toBe("pass");
    expect(verdict("errors < 0.01", { a: failing(9) }, 100)).toBe("pass");
    expect(verdict("errors < 0.01", { a: failing(50) }, 10)).toBe("fail");
    expect(verdict("served > 0.99", { a: failing(5) }, 20)).toBe("pass");
    expect(verdict("served > 0.99", { a: failing(50) }, 20)).toBe("fail");
  });

  test("the verdict has its method, its interval, its chance and who gave the numbers", () => {
    const { judgement } = watched(asserted("errors < 0.01"), { a: failing(50) }, 10);
    expect(judgement).toMatchObject({ method: "sequential", hosts: ["a"], origins: ["a page"], events: 900 });
    expect(judgement.value).toBeCloseTo(0.05);
    expect(judgement.interval?.low).toBeGreaterThan(0.02);
    expect(judgement.interval?.high).toBeLessThan(0.1);
    expect(judgement.chance).toBeLessThan(1e-6);
    const turned = watched(asserted("served > 0.99"), { a: failing(50) }, 10).judgement;
    expect(turned.interval?.low).toBeGreaterThan(0.9);
    expect(turned.value).toBeCloseTo(0.95);
  });

  test("a late failure is not drowned by a long good past", () => {
    expect(verdict("errors < 0.01", { a: failing(0) }, 200)).toBe("pass");
    expect(verdict("errors < 0.01", { a: failing(100, 200) }, 206)).toBe("fail");
  });

  test("strong evidence that is not yet enough keeps it from passing", () => {
    const { judgement } = watched(asserted("errors < 0.01"), { a: failing(80, 10) }, 11);
    expect(judgement).toMatchObject({ verdict: "undecided", isContested: true, isSure: false });
    expect(judgement.causes).toEqual([
      { cause: "too-few", detail: "there is strong evidence against it, and not enough of it yet" },
    ]);
  });

  test("it is sure when much speaks for it, and not before", () => {
    expect(watched(asserted("errors < 0.01"), { a: failing(1) }, 4).judgement.isSure).toBe(false);
    expect(watched(asserted("errors < 0.01"), { a: failing(1) }, 60).judgement.isSure).toBe(true);
  });

  test("an estimate beyond the limit is not passed, though it proves nothing yet", () => {
    const { judgement } = watched(asserted("errors < 0.01"), { a: failing(13) }, 10);
    expect(judgement).toMatchObject({ verdict: "undecided", isContested: true });
    expect(judgement.causes).toEqual([{ cause: "too-few", detail: "the estimate is beyond the limit" }]);
  });

  test("a series that was not there before counts from nothing", () => {
    const series = (at: number) =>
      counters({ "all{}": 100 * at, ...(at > 3 ? { 'bad{code="500"}': 10 * (at - 3) } : {}) });
    expect(watched(asserted("errors < 0.01"), { a: { errors: series } }, 10).judgement.value).toBeCloseTo(0.07, 1);
  });

  test("what ship counted itself counts from its first reading on", () => {
    const own = { a: { errors: () => ({ type: "growth", series: { all: 20, bad: 0 }, over: 1000 }) as const } };
    expect(watched(asserted("errors < 0.01"), own, 5).judgement.events).toBe(100);
  });

  test("one burst decides nothing", () => {
    const burst = { a: { errors: (at: number) => counters({ all: 100 * at, bad: at < 30 ? 0 : 30 }) } };
    expect(verdict("errors < 0.01", burst, 31)).not.toBe("fail");
  });

  test("each host has its own count, and the bad one is named", () => {
    const service = { a: failing(1), b: failing(80) };
    const since = { a: 0, b: 0 };
    expect(watched(asserted("each.errors < 0.01"), service, 10, { since }).judgement).toMatchObject({
      verdict: "fail",
      hosts: ["b"],
    });
    expect(watched(asserted("errors < 0.01"), service, 10, { since }).judgement).toMatchObject({
      verdict: "fail",
      hosts: ["b"],
    });
    expect(watched(asserted("fleet.errors < 0.01"), service, 10, { baseline: ["b"] }).judgement.verdict).toBe("fail");
  });
});

describe("a quantile", () => {
  test("asks how many events lie above the bucket's edge at the limit", () => {
    expect(verdict("p99 < 50", { a: slow(5) }, 10)).toBe("pass");
    const { judgement } = watched(asserted("p99 < 50"), { a: slow(60) }, 10);
    expect(judgement).toMatchObject({ verdict: "fail", method: "sequential", limit: 50 });
    expect(judgement.interval).toBeDefined();
    expect(watched(asserted("p50 > 20"), { a: slow(0) }, 20).judgement).toMatchObject({
      verdict: "fail",
      method: "threshold",
    });
    expect(verdict("p50 > 10", { a: slow(0) }, 20)).toBe("fail");
  });

  test("without an edge at the limit it is a threshold", () => {
    expect(watched(asserted("p99 < 45"), { a: slow(60) }, 10).judgement).toMatchObject({
      verdict: "fail",
      method: "threshold",
      chance: undefined,
    });
  });

  test("of a release that drops the edge has no count of its own", () => {
    const service = { a: slow(5), b: slow(5, [0.01, 0.1]) };
    const { judgement } = watched(asserted("p99 < 50"), service, 10, { since: { a: 0, b: 5 } });
    expect(judgement.method).toBe("sequential");
  });

  test("beyond the histogram has no interval", () => {
    const service = { a: { p99: (at: number) => counters({ "le=0.05": 50 * at, "le=+Inf": 100 * at }) } };
    expect(watched(asserted("p99 < 50"), service, 5).judgement.interval).toBeUndefined();
  });
});

describe("against the baseline", () => {
  const both = { since: { a: 0 }, baseline: ["b", "c"] };

  test("a ratio is compared in the same minutes", () => {
    const text = "errors <= 1.5 * baseline.errors + 0.001";
    expect(verdict(text, { a: failing(10), b: failing(10), c: failing(10) }, 60, both)).toBe("pass");
    expect(verdict(text, { a: failing(80), b: failing(10), c: failing(10) }, 60, both)).toBe("fail");
    const served = "served >= 0.99 * baseline.served";
    expect(verdict(served, { a: failing(10), b: failing(10), c: failing(10) }, 60, both)).toBe("pass");
    expect(verdict(served, { a: failing(90), b: failing(10), c: failing(10) }, 60, both)).toBe("fail");
  });

  test("a quantile is compared at two edges, one so many times the other", () => {
    const text = "p99 <= 5 * baseline.p99";
    expect(verdict(text, { a: slow(2), b: slow(2), c: slow(2) }, 20, both)).toBe("pass");
    expect(verdict(text, { a: slow(300), b: slow(2), c: slow(2) }, 60, both)).toBe("fail");
    expect(
      watched(asserted("p99 <= 90 * baseline.p99"), { a: slow(2), b: slow(2), c: slow(2) }, 9, both).judgement.method,
    ).toBe("threshold");
    const still = { p99: () => counters({ "le=0.01": 5, "le=+Inf": 5 }) };
    expect(verdict(text, { a: slow(2), b: still, c: still }, 9, both)).toBe("undecided");
  });

  test("what was counted before another host joined is let go, and the numbering goes on", () => {
    const text = "errors <= 1.5 * baseline.errors + 0.001";
    const service = { a: failing(10), b: failing(10), c: failing(10) };
    const { trial } = watched(asserted(text), service, 20, { since: { a: 0, b: 10 }, baseline: ["b", "c"] });
    const { batches } = trial.tracks.get("")?.counted ?? { batches: [] };
    expect(batches.map(({ index }) => index)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(batches[0]?.changed.all).toBe(100);
  });
});

describe("a new stage", () => {
  const changed: Changed = { since: new Map([["a", 0]]), warmup: 0 };
  const judgedBy = (readings: readonly (readonly [origin: string, reading: Reading])[], from: number) => {
    const rates = { changed, measures, every: second, baseline: [], fleet: [], alpha: 0.001 };
    let evidence = emptyEvidence;
    let judged: Judged = judge(startTrial(), asserted("errors < 0.01"), { evidence, at: 0, ...rates });
    for (const [index, [origin, reading]] of readings.entries()) {
      const at = index * second;
      evidence = addSamples(evidence, [{ metric: "errors", host: "a", at, reading, origin }], changed);
      const trial = index === from ? startTrial(judged.trial) : judged.trial;
      judged = judge(trial, asserted("errors < 0.01"), { evidence, at, ...rates });
    }
    return judged.judgement;
  };

  test("does not count what the stage before it counted, when another source answers from its start on", () => {
    const before = Array.from({ length: 9 }, (_, at) => ["p", counters({ all: at * 500, bad: 0 })] as const);
    const idle = Array.from({ length: 5 }, () => ["q", counters({ all: 7, bad: 0 })] as const);
    expect(judgedBy([...before, ...idle], 9)).toMatchObject({ verdict: "undecided", events: undefined });
  });

  test("counts the whole of its first reading, where ship itself counted", () => {
    const own = (all: number): Reading => ({ type: "growth", series: { all, bad: 0 }, over: second });
    expect(judgedBy([["probe", own(50)]], 0).events).toBe(50);
    const readings = [400, 50, 60, 70].map((all, at) => [at === 0 ? "p" : "probe", own(all)] as const);
    expect(judgedBy(readings, 1)).toMatchObject({ events: 180 });
  });
});

describe("by ranks", () => {
  const level = (value: number) => ({ cons: (at: number) => gauge(value + (at % 5) / 10) });
  const up = asserted("cons <= 1.1 * baseline.cons", {
    compare: { metric: "cons", direction: "up", tolerance: 0.1 },
  });
  const down = asserted("cons >= 0.9 * baseline.cons", {
    compare: { metric: "cons", direction: "down", tolerance: 0.1 },
  });
  const names = (side: string) => Array.from({ length: 12 }, (_, host) => `${side}${host}`);
  const both = { since: Object.fromEntries(names("a").map((host) => [host, 0])), baseline: names("b") };
  const of = (side: string, value: number) => Object.fromEntries(names(side).map((host) => [host, level(value)]));
  const fleet = (changed: number) => ({ ...of("a", changed), ...of("b", 20) });

  test("levels beyond the tolerance fail, in the direction that is worse", () => {
    expect(watched(up, fleet(30), 16, both).judgement).toMatchObject({ verdict: "fail", method: "ranks" });
    expect(watched(down, fleet(30), 16, both).judgement).toMatchObject({ verdict: "pass", isSure: true });
    expect(watched(down, fleet(12), 16, both).judgement.verdict).toBe("fail");
    expect(watched(up, fleet(21), 16, both).judgement).toMatchObject({ verdict: "pass", isSure: true });
  });

  test("it is tested after 4, 8, 16 looks, and not between", () => {
    expect(watched(up, fleet(30), 4, both).judgement.verdict).toBe("fail");
    expect(watched(up, fleet(30), 5, both).judgement.verdict).toBe("undecided");
  });

  test("few readings decide nothing, nor do few hosts, however often they are read", () => {
    expect(watched(up, fleet(30), 2, both).judgement).toMatchObject({ verdict: "undecided", isContested: true });
    const few = { a: level(30), d: level(30), b: level(20), c: level(20) };
    const two = { since: { a: 0, d: 0 }, baseline: ["b", "c"] };
    expect(watched(up, few, 64, two).judgement.verdict).toBe("undecided");
    const silent = { cons: () => lost };
    const half = watched(up, { ...fleet(30), b0: silent }, 16, both).judgement;
    expect(half.verdict).toBe("fail");
    const { judgement } = watched(up, { ...few, b: silent, c: silent }, 16, two);
    expect(judgement.verdict).toBe("undecided");
  });

  test("a host that gets the change begins anew on the other side", () => {
    const since = { ...both.since, b0: 3 };
    const { trial } = watched(up, fleet(20), 6, { since, baseline: both.baseline });
    expect(trial.tracks.get("")?.compared.hosts.get("b0")).toMatchObject({ side: "x", values: { length: 3 } });
  });

  test("a sample that is still the newest of its host is not a reading twice", () => {
    const since = new Map(["a", "d"].map((host) => [host, 0]));
    const changed: Changed = { since, warmup: 0 };
    const rest = { changed, measures, every: 4 * second, baseline: ["b", "c"], fleet: [], alpha: 0.001 };
    let evidence = emptyEvidence;
    let trial = startTrial();
    // Each host is scraped once in four looks, and each at another one.
    for (let at = 1; at <= 12; at += 1) {
      const host = ["a", "d", "b", "c"][at % 4] ?? "";
      const reading = gauge(host === "a" || host === "d" ? 24 : 20);
      evidence = addSamples(evidence, [{ metric: "cons", host, at: at * second, reading, origin: "p" }], changed);
      const judged = judge(trial, up, { evidence, at: at * second, ...rest });
      trial = judged.trial;
      expect(judged.judgement.verdict).toBe("undecided");
    }
    const { hosts } = trial.tracks.get("")?.compared ?? { hosts: new Map() };
    expect([...hosts].map(([host, { values }]) => [host, values.length]).sort()).toEqual([
      ["a", 3],
      ["b", 3],
      ["c", 3],
      ["d", 3],
    ]);
  });

  test("the plan says so", () => {
    expect(methodOf(up, measures)).toBe("ranks");
  });

  test("of what is not measured there is nothing to compare", () => {
    const odd = { ...up, compare: { metric: "gone", direction: "up", tolerance: 0 } as const };
    expect(watched(odd, fleet(20), 9, both).judgement).toMatchObject({ verdict: "undecided", method: "ranks" });
  });
});

describe("one number for many hosts", () => {
  const depth = (value: number) => ({ depth: () => gauge(value) });
  const service = { [groups.changed]: depth(5), [groups.fleet]: depth(50), a: depth(7) };

  test("is read under the group's name, and for each host under its own", () => {
    const value = (text: string) => watched(asserted(text), service, 5).judgement.value;
    expect(value("depth < 10")).toBe(5);
    expect(value("fleet.depth < 100")).toBe(50);
    expect(value("each.depth < 10")).toBe(7);
    expect(watched(asserted("depth < 1"), service, 5).judgement.hosts).toEqual(["a"]);
    expect(methodOf(asserted("depth < 10"), measures)).toBe("threshold");
  });
});

test("the budget of a rollout is shared by what is tested, its stages and hosts", () => {
  const given = component([]);
  const [p99, cons] = given.assertions;
  if (p99 === undefined || cons === undefined) throw new Error("no assertions");
  expect(alphaOf(given, p99, 0, 12)).toBeCloseTo(0.001 / 2 / 2);
  expect(alphaOf(given, p99, 1, 12)).toBeCloseTo(0.001 / 2 / 6);
  const each = asserted("each.errors < 0.1");
  expect(alphaOf(given, each, 0, 12)).toBeCloseTo(0.001 / 2 / 2 / 12);
  expect(alphaOf({ ...given, assertions: [cons] }, each, 0, 0)).toBeCloseTo(0.001 / 2);
});
