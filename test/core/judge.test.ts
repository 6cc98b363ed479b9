import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssertionPolicy } from "../../src/core/component.ts";
import { type Judged, judge, methodText, startTrial, type Trial, verdictOf } from "../../src/core/judge.ts";
import type { Reading, Sample } from "../../src/core/sample.ts";
import type { View } from "../../src/core/track.ts";
import { addSamples, type Changed, emptyEvidence } from "../../src/core/window.ts";
import { changed, compare, counters, gauge, identity, lost, policy, samples, second, term, view } from "./evidence.ts";

/** Judges after every second up to `until`, on the samples that had come by then; what the last of them said. */
function watched(
  assertion: AssertionPolicy,
  given: readonly Sample[],
  of: Changed,
  until: number,
  more: Partial<View> = {},
): Judged {
  let evidence = emptyEvidence;
  let judged = {
    trial: startTrial(),
    judgement: judge(startTrial(), assertion, view(evidence, of, 0, more)).judgement,
  };
  for (let at = 1; at <= until; at += 1) {
    evidence = addSamples(
      evidence,
      given.filter((sample) => sample.at === at * second),
      of,
    );
    judged = judge(judged.trial, assertion, view(evidence, of, at, more));
  }
  return judged;
}

const { measures } = view(emptyEvidence, changed([]), 0);
const conns = policy(compare(term("conns"), ">", 10));
const a = changed(["a"]);
const gauges = (...values: readonly number[]) => values.map(gauge);
const verdict = (assertion: AssertionPolicy, readings: readonly Reading[]) =>
  watched(assertion, samples("conns", "a", readings), a, readings.length).judgement.verdict;

describe("thresholds", () => {
  test("pass after enough readings that hold", () => {
    expect(verdict(conns, gauges(20, 20))).toBe("undecided");
    expect(verdict(conns, gauges(20, 20, 20))).toBe("pass");
  });

  test("fail with the reading that is one too many, and not before", () => {
    expect(verdict(conns, gauges(20, 20, 20, 5))).toBe("undecided");
    expect(verdict(conns, gauges(20, 20, 20, 5, 20))).toBe("pass");
    expect(verdict(conns, gauges(20, 5, 20, 20, 5))).toBe("fail");
    expect(verdict(conns, gauges(5, 20, 20, 20, 20, 5))).toBe("undecided");
    expect(verdict({ ...conns, allow: { bad: 0, of: 1 } }, gauges(5))).toBe("fail");
  });

  test("say the numbers they rest on", () => {
    const { judgement } = watched(conns, samples("conns", "a", gauges(20, 5, 5)), a, 3);
    expect(judgement).toEqual({
      assertion: "the assertion",
      verdict: "fail",
      causes: [],
      values: [{ metric: "conns", value: 5 }],
      value: 5,
      limit: 10,
      hosts: ["a"],
      readings: 3,
      bad: 2,
      of: 5,
      events: undefined,
      method: "threshold",
      interval: undefined,
      chance: undefined,
      isSure: false,
      isContested: true,
      origins: ["a page"],
      observeOnly: false,
    });
  });

  test("an undecided reading is none: it neither passes, nor takes a bad one out of the window", () => {
    expect(verdict(conns, [...gauges(20, 20), lost])).toBe("undecided");
    expect(verdict(conns, [...gauges(20, 20), lost, ...gauges(20)])).toBe("pass");
    expect(verdict(conns, [...gauges(5), lost, lost, lost, lost, lost, ...gauges(5)])).toBe("fail");
  });

  test.each([
    [lost, "provider-error"],
    [gauge(Number.NaN), "nan"],
    [gauge(Number.POSITIVE_INFINITY), "non-finite"],
    [{ type: "missing", cause: "several-series", detail: "2 series" } as const, "several-series"],
  ])("%o is a cause and never a number (cell 69)", (reading, cause) => {
    const { judgement } = watched(conns, samples("conns", "a", [...gauges(20, 20, 20), reading]), a, 4);
    expect(judgement).toMatchObject({ verdict: "undecided", value: undefined, causes: [{ cause }], hosts: ["a"] });
  });

  test("what is older than three intervals is stale, and the same samples are not read twice (cell 70)", () => {
    const given = samples("conns", "a", gauges(20, 20));
    expect(watched(conns, given, a, 5).judgement).toMatchObject({ verdict: "undecided", readings: 2 });
    expect(watched(conns, given, a, 6).judgement).toMatchObject({ causes: [{ cause: "stale" }] });
  });

  test("new samples of the hosts that it is compared with are no readings of the change", () => {
    const against = policy(compare(term("conns"), "<=", term("conns", "baseline")));
    const given = [...samples("conns", "a", gauges(20)), ...samples("conns", "b", gauges(20, 20, 20))];
    const { judgement } = watched(against, given, a, 3, { baseline: ["b"] });
    expect(judgement).toMatchObject({ verdict: "undecided", readings: 1 });
    const alone = policy(compare(term("conns", "baseline"), ">", 10));
    expect(watched(alone, given, a, 3, { baseline: ["b"] }).judgement.readings).toBe(3);
  });

  test("what has no finite mean is no number", () => {
    const huge = ["a", "b"].flatMap((host) => samples("conns", host, gauges(1.5e308, 1.5e308, 1.5e308)));
    expect(watched(conns, huge, changed(["a", "b"]), 3).judgement).toMatchObject({
      verdict: "undecided",
      value: undefined,
      causes: [{ cause: "non-finite" }],
    });
  });

  test("what is from before the end of the warm-up is stale when that is over (cell 70)", () => {
    const warmed = changed(["a"], 0, 3000);
    expect(watched(conns, samples("conns", "a", gauges(20, 20)), warmed, 9).judgement).toMatchObject({
      verdict: "undecided",
      causes: [{ cause: "stale", detail: "last read 7s ago, before its warm-up was over" }],
      hosts: ["a"],
      readings: 0,
    });
  });

  test("a host in its warm-up, and no host at all, are no data", () => {
    const warm = changed(["a"], 0, 9000);
    expect(watched(conns, samples("conns", "a", gauges(20, 20, 20)), warm, 3).judgement).toMatchObject({
      verdict: "undecided",
      causes: [{ cause: "no-data", detail: "is warming up" }],
      hosts: ["a"],
    });
    expect(watched(conns, [], changed([]), 3).judgement).toMatchObject({
      verdict: "undecided",
      causes: [{ cause: "no-data" }],
    });
    expect(watched(conns, [], a, 3).judgement).toMatchObject({ causes: [{ detail: "not measured yet" }] });
    const unknown = policy(compare(term("nothing"), ">", 1));
    expect(watched(unknown, [], a, 3).judgement.causes).toEqual([
      { cause: "no-data", detail: "nothing is not measured" },
    ]);
  });
});

describe("hosts together", () => {
  const two = changed(["a", "b"]);
  const given = (left: readonly Reading[], right: readonly Reading[], metric = "conns") => [
    ...samples(metric, "a", left),
    ...samples(metric, "b", right),
  ];

  test("gauges are averaged, or joined as the metric says", () => {
    const readings = given(gauges(20, 20, 20), gauges(4, 4, 4));
    expect(watched(conns, readings, two, 3).judgement).toMatchObject({ verdict: "pass", value: 12 });
    const depth = policy(compare(term("depth"), "<", 30));
    const sums = given(gauges(20, 20, 20), gauges(4, 4, 4), "depth");
    expect(watched(depth, sums, two, 3).judgement).toMatchObject({ verdict: "pass", value: 24, limit: 30 });
  });

  test("a host without data hides no bad service, and lets no good one pass", () => {
    const blind = [lost, lost, lost];
    expect(watched(conns, given(gauges(5, 5, 5), blind), two, 3).judgement).toMatchObject({
      verdict: "fail",
      value: 5,
    });
    expect(watched(conns, given(gauges(20, 20, 20), blind), two, 3).judgement).toMatchObject({
      verdict: "undecided",
      hosts: ["b"],
    });
  });

  test("a sum without one of its hosts is no sum", () => {
    const depth = policy(compare(term("depth"), ">", 30));
    const readings = given(gauges(5, 5, 5), [lost, lost, lost], "depth");
    expect(watched(depth, readings, two, 3).judgement).toMatchObject({ verdict: "undecided", bad: 0, hosts: ["b"] });
  });

  test("a ratio is made from pooled counts, and a busy host weighs more", () => {
    const errors = policy(compare(term("errors"), "<", 0.1), { minEvents: 100 });
    const busy = [0, 1, 2, 3].map((step) => counters({ "all{}": 1000 * step, "bad{}": 0 }));
    const idle = [0, 1, 2, 3].map((step) => counters({ "all{}": 10 * step, "bad{}": 10 * step }));
    const { judgement } = watched(errors, given(busy, idle, "errors"), two, 4);
    expect(judgement).toMatchObject({ verdict: "pass", events: 3030, readings: 3, limit: 0.1 });
    expect(judgement.value).toBeCloseTo(30 / 3030, 12);
  });

  test("a rate is a counter's growth a second", () => {
    const jobs = policy(compare(term("jobs"), ">=", 50));
    const readings = [10, 60, 110, 160].map((value) => counters({ "value{}": value }));
    expect(watched(jobs, samples("jobs", "a", readings), a, 4).judgement).toMatchObject({
      verdict: "pass",
      value: 50,
      events: undefined,
    });
  });

  test("a quantile is scaled to the metric's unit", () => {
    const p90 = policy(compare(term("p90"), "<", 400));
    const readings = [0, 1, 2, 3].map((step) =>
      counters({ "le=0.1{}": 10 * step, "le=0.2{}": 30 * step, "le=0.4{}": 40 * step, "le=+Inf{}": 40 * step }),
    );
    const { judgement } = watched(p90, samples("p90", "a", readings), a, 4);
    expect(judgement).toMatchObject({ verdict: "pass", events: 120 });
    expect(judgement.value).toBeCloseTo(320, 9);
  });

  test("a quantile above the highest bucket fails a lower limit, and passes no higher one", () => {
    const readings = [0, 1, 2, 3].map((step) => counters({ "le=0.1{}": step, "le=+Inf{}": 100 * step }));
    const given = samples("p90", "a", readings);
    expect(watched(policy(compare(term("p90"), "<", 50)), given, a, 4).judgement.verdict).toBe("fail");
    expect(watched(policy(compare(term("p90"), "<", 500)), given, a, 4).judgement).toMatchObject({
      verdict: "undecided",
      causes: [{ cause: "non-finite" }],
    });
  });

  test("too few events decide nothing, for or against (cell 71)", () => {
    const errors = policy(compare(term("errors"), "<", 0.1), { minEvents: 100 });
    const few = [0, 1, 2, 3].map((step) => counters({ "all{}": 20 * step, "bad{}": 20 * step }));
    expect(watched(errors, samples("errors", "a", few), a, 4).judgement).toMatchObject({
      verdict: "undecided",
      events: 60,
      bad: 0,
      causes: [{ cause: "too-few", detail: "60 of the 100 events that are needed" }],
    });
    const none = [0, 1, 2].map(() => counters({ "all{}": 7, "bad{}": 0 }));
    expect(watched(errors, samples("errors", "a", none), a, 3).judgement.causes).toContainEqual({
      cause: "too-few",
      detail: "no events were counted",
    });
    const one = samples("errors", "a", [counters({ "all{}": 7, "bad{}": 0 })]);
    expect(watched(errors, one, a, 1).judgement.causes).toContainEqual({
      cause: "too-few",
      detail: "no events were counted",
    });
  });

  test("a histogram without a finite bucket has no quantile", () => {
    const readings = [0, 1, 2].map((step) => counters({ "le=+Inf{}": 100 * step }));
    const { judgement } = watched(policy(compare(term("p90"), "<", 50)), samples("p90", "a", readings), a, 3);
    expect(judgement).toMatchObject({ verdict: "undecided", causes: [{ cause: "no-data" }] });
  });

  test("a counter that is not a number is none", () => {
    const errors = policy(compare(term("errors"), "<", 0.1));
    const readings = [counters({ "all{}": 1 }), counters({ "all{}": 9 }), counters({ "all{}": Number.NaN })];
    expect(watched(errors, samples("errors", "a", readings), a, 3).judgement).toMatchObject({
      causes: [{ cause: "nan" }],
    });
  });
});

describe("each host alone", () => {
  const three = changed(["a", "b", "c"]);
  const healthy = policy(compare(term("healthy", "each"), "==", 1), { allow: { bad: 2, of: 3 } });
  const given = (readings: Readonly<Record<string, readonly Reading[]>>, metric = "healthy") =>
    Object.entries(readings).flatMap(([host, values]) => samples(metric, host, values));

  test("the worst host gives the verdict and its numbers, and is named", () => {
    const readings = given({ a: gauges(1, 1, 1), b: gauges(0, 0, 0), c: [lost, lost, lost] });
    expect(watched(healthy, readings, three, 3).judgement).toMatchObject({
      verdict: "fail",
      hosts: ["b"],
      value: 0,
      limit: 1,
      bad: 3,
      readings: 0,
      values: [{ metric: "each.healthy", value: 0 }],
    });
  });

  test("a host without data leaves all undecided, and the same cause is said once", () => {
    const readings = given({ a: gauges(1, 1, 1), b: [lost, lost, lost], c: [lost, lost, lost] });
    expect(watched(healthy, readings, three, 3).judgement).toMatchObject({
      verdict: "undecided",
      hosts: ["b", "c"],
      causes: [{ cause: "provider-error", detail: "connection refused" }],
    });
  });

  test("every host needs its own readings", () => {
    const readings = given({ a: gauges(1, 1, 1), b: gauges(1, 1, 1), c: [gauge(1)] });
    const late = watched(healthy, readings, three, 3).judgement;
    expect(late).toMatchObject({ verdict: "undecided", readings: 1, hosts: ["c"] });
    const all = given({ a: gauges(1, 1, 1), b: gauges(1, 1, 1), c: gauges(1, 1, 1) });
    expect(watched(healthy, all, three, 3).judgement).toMatchObject({ verdict: "pass", hosts: [] });
  });

  test("a host that is changed again starts anew", () => {
    const { trial } = watched(healthy, given({ a: gauges(0, 0, 0) }), a, 3);
    const again = changed(["a"], 5000);
    const evidence = addSamples(emptyEvidence, samples("healthy", "a", gauges(1), 6), again);
    expect(judge(trial, healthy, view(evidence, again, 6)).judgement).toMatchObject({
      verdict: "undecided",
      readings: 1,
      bad: 0,
    });
  });

  test("without a changed host there is nothing to judge", () => {
    expect(watched(healthy, [], changed([]), 1).judgement).toMatchObject({
      verdict: "undecided",
      values: [{ metric: "each.healthy" }],
    });
  });

  const restarts = policy(compare(term("restarts", "each"), "==", 0), { allow: { bad: 0, of: 1 } });

  test.each([
    ["one life", [identity("1"), identity("1"), identity("1")], "pass"],
    ["another process", [identity("1"), identity("2"), identity("2")], "fail"],
    ["a supervisor's count", [identity("1", 3), identity("1", 3), identity("1", 4)], "fail"],
    ["a count that stays", [identity("1", 3), identity("1", 3), identity("1", 3)], "pass"],
    ["a crash, then silence", [identity("1"), identity("2"), lost], "fail"],
    ["silence", [identity("1"), identity("1"), lost], "undecided"],
  ] as const)("restarts since the change: %s", (_, readings, expected) => {
    expect(watched(restarts, given({ a: readings }, "restarts"), a, 3).judgement.verdict).toBe(expected);
  });

  test("restarts of all are added up, and of hosts that fell silent at least those that were seen", () => {
    const together = policy(compare(term("restarts"), "<", 2), { allow: { bad: 0, of: 1 } });
    const crash = [identity("1"), identity("2"), identity("2")];
    const calm = [identity("1"), identity("1"), identity("1")];
    expect(watched(together, given({ a: crash, b: calm }, "restarts"), changed(["a", "b"]), 3).judgement).toMatchObject(
      { verdict: "pass", value: 1 },
    );
    const silent = given({ a: crash, b: [lost, lost, lost] }, "restarts");
    expect(watched(together, silent, changed(["a", "b"]), 3).judgement.verdict).toBe("undecided");
    const strict = policy(compare(term("restarts"), "==", 0), { allow: { bad: 0, of: 1 } });
    expect(watched(strict, silent, changed(["a", "b"]), 3).judgement.verdict).toBe("fail");
  });
});

describe("against the other hosts", () => {
  const errors = policy(
    compare(term("errors"), "<=", {
      type: "arithmetic",
      op: "*",
      left: { type: "number", value: 2 },
      right: term("errors", "baseline"),
    }),
  );
  const rising = (share: number) =>
    [0, 1, 2, 3, 4].map((step) => counters({ "all{}": 100 * step, "bad{}": 100 * share * step }));
  const given = [
    ...samples("errors", "a", rising(0.1)),
    ...samples("errors", "b", rising(0.08)),
    ...samples("errors", "c", [lost, lost, lost, lost, lost]),
  ];

  test("the limit is the formula's value, on the hosts that give samples", () => {
    const { judgement } = watched(errors, given, a, 5, { baseline: ["b", "c"] });
    expect(judgement).toMatchObject({ verdict: "pass", value: 0.1, events: 400 });
    expect(judgement.limit).toBeCloseTo(0.16, 12);
    expect(judgement.values.map(({ metric }) => metric)).toEqual(["errors", "baseline.errors"]);
  });

  test("without a sample from any of them it is undecided", () => {
    expect(watched(errors, given, a, 5, { baseline: ["c"] }).judgement).toMatchObject({
      verdict: "undecided",
      hosts: ["c"],
    });
  });

  test("when the last of them is gone, the verdict of that moment stands, into the next stage", () => {
    const { trial } = watched(errors, given, a, 5, { baseline: ["b"] });
    const later = judge(startTrial(trial), errors, view(emptyEvidence, changed(["a", "b"]), 6));
    expect(later.judgement).toMatchObject({ verdict: "pass", value: 0.1, causes: [{ cause: "no-data" }] });
    const never = judge(startTrial(), errors, view(emptyEvidence, a, 6));
    expect(never.judgement).toMatchObject({ verdict: "undecided", causes: [{ cause: "no-data" }] });
  });

  test("fleet is all hosts", () => {
    const depth = policy(compare(term("depth", "fleet"), "<", 100));
    const all = ["a", "b"].flatMap((host) => samples("depth", host, gauges(30, 30, 30)));
    expect(watched(depth, all, a, 3, { fleet: ["a", "b"] }).judgement).toMatchObject({ verdict: "pass", value: 60 });
  });
});

describe("many assertions", () => {
  const said = (of: "pass" | "fail" | "undecided", observeOnly = false) => ({
    ...watched({ ...conns, observeOnly }, [], a, 1).judgement,
    verdict: of,
  });

  test("worst wins, what is only observed decides nothing, and nothing is no evidence", () => {
    expect(verdictOf([said("pass"), said("undecided"), said("fail")])).toBe("fail");
    expect(verdictOf([said("pass"), said("undecided")])).toBe("undecided");
    expect(verdictOf([said("pass"), said("fail", true)])).toBe("pass");
    expect(verdictOf([said("pass", true)])).toBe("undecided");
    expect(verdictOf([])).toBe("undecided");
  });

  test("the plan says how each is judged", () => {
    expect(methodText({ ...conns, minEvents: 100 }, measures)).toBe(
      "threshold, 1 of 5 readings may be against it, at least 3 readings, 100 events where counts are behind it",
    );
    expect(
      methodText(
        policy(compare(term("cpu", "each"), "<", term("cpu", "baseline")), { allow: { bad: 0, of: 1 } }),
        measures,
      ),
    ).toBe(
      "threshold on every changed host alone, no reading may be against it, at least 3 readings, the last verdict stands when no host without the change is left",
    );
  });
});

describe("promises", () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 20 }).map(gauge), fc.constant(lost), fc.constant(gauge(Number.NaN)));
  const series = fc.array(value, { minLength: 1, maxLength: 15 });
  const hosts = fc.tuple(series, series);
  const scopes = fc.constantFrom("changed", "each").map((scope) => policy(compare(term("conns", scope), ">", 10)));
  const two = changed(["a", "b"]);
  const told = ([left, right]: readonly [readonly Reading[], readonly Reading[]]) => [
    ...samples("conns", "a", left),
    ...samples("conns", "b", right),
  ];

  test("blinding a service never turns undecided into pass (cell 72)", async () => {
    const mask = fc.array(fc.boolean(), { minLength: 15, maxLength: 15 });
    await fc.assert(
      fc.property(scopes, hosts, mask, (assertion, readings, hidden) => {
        const until = Math.max(...readings.map((one) => one.length));
        const blinded = readings.map((one) => one.map((reading, index) => (hidden[index] === true ? lost : reading)));
        const [left = [], right = []] = blinded;
        const before = watched(assertion, told(readings), two, until).judgement.verdict;
        const after = watched(assertion, told([left, right]), two, until).judgement.verdict;
        if (before === "undecided") expect(after).not.toBe("pass");
      }),
    );
  });

  test("a host of which nothing is known never lets anything pass", async () => {
    await fc.assert(
      fc.property(scopes, hosts, (assertion, readings) => {
        const three = changed(["a", "b", "silent"]);
        expect(watched(assertion, told(readings), three, 15).judgement.verdict).not.toBe("pass");
      }),
    );
  });

  test("judging again on the same samples changes nothing", async () => {
    await fc.assert(
      fc.property(scopes, hosts, (assertion, readings) => {
        const once = watched(assertion, told(readings), two, 15);
        let evidence = emptyEvidence;
        for (let at = 1; at <= 15; at += 1) {
          evidence = addSamples(
            evidence,
            told(readings).filter((sample) => sample.at === at * second),
            two,
          );
        }
        const again = judge(once.trial, assertion, view(evidence, two, 15));
        expect(again.judgement).toEqual(once.judgement);
        const stable = (trial: Trial) => [...trial.tracks];
        expect(stable(again.trial)).toEqual(stable(once.trial));
      }),
    );
  });
});
