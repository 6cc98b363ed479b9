import { describe, expect, test } from "vitest";
import type { Component } from "../../src/core/component.ts";
import type { Outcome } from "../../src/core/error.ts";
import type { Event } from "../../src/core/event.ts";
import { replay, replayVerdict } from "../../src/core/replay.ts";
import { sectionsOf } from "../../src/core/section.ts";
import { assertion } from "../simulation/component.ts";
import { asserting, policyOf, recordOf } from "./recorded.ts";

function again(component: Component, events: readonly Event[]) {
  const end = events.findLast((event) => event.type === "rollout.ended");
  const outcome: Outcome | undefined = end?.outcome;
  return replay(component, sectionsOf(events), outcome);
}

describe("a good rollout", async () => {
  const { events } = await recordOf({ p99: 30 });

  test("passes again", () => {
    const { end, stages } = again(policyOf(), events);
    expect(end).toEqual({ type: "passed" });
    expect(replayVerdict(end)).toBe("pass");
    expect(stages.map(({ section }) => [section.stage, section.end?.state])).toEqual([
      ["internal", "passed"],
      ["all", "passed"],
    ]);
    for (const { assertions } of stages)
      for (const { before, now } of assertions) expect([before?.verdict, now?.verdict]).toEqual(["pass", "pass"]);
  });

  test("would have failed under a tighter assertion, in its first stage and at a time that is told", () => {
    const { end, stages } = again(asserting("p99_latency < 20", "active_cons > 10"), events);
    expect(end).toMatchObject({
      type: "failed",
      stage: "internal",
      judgement: { assertion: "p99_latency < 20", limit: 20 },
    });
    expect(replayVerdict(end)).toBe("fail");
    const [first] = stages;
    const [tight, held, ...gone] = first?.assertions ?? [];
    expect(tight).toMatchObject({ before: undefined, now: { verdict: "fail" } });
    expect(end.type === "failed" && [end.at, end.after]).toEqual([
      tight?.failedAt,
      Number(tight?.failedAt) - Number(first?.section.startedAt),
    ]);
    expect(held).toMatchObject({ before: { verdict: "pass" }, now: { verdict: "pass" }, failedAt: undefined });
    expect(gone.map(({ assertion, now }) => [assertion, now])).toEqual([
      ["p99_latency < 50", undefined],
      ["error_rate < 0.01", undefined],
      ["each.healthy", undefined],
      ["each.restarts == 0", undefined],
    ]);
  });

  test("is not failed by what is only observed", () => {
    const tight = assertion("p99_latency < 20", { observeOnly: true });
    const { end } = again(policyOf({ assertions: [tight, assertion("active_cons > 10")] }), events);
    expect(end).toEqual({ type: "passed" });
  });

  test("would have been held for want of what was not recorded, or of more readings than were taken", () => {
    const more = assertion("active_cons > 10", { minReadings: 1000 });
    const { end } = again(policyOf({ assertions: [more], onBlind: "rollback" }), events);
    expect(end).toMatchObject({ type: "held", stage: "internal", blind: "rollback" });
    expect(replayVerdict(end)).toBe("undecided");
    expect(end.type === "held" && end.open.map(({ assertion }) => assertion)).toEqual(["active_cons > 10"]);
  });
});

test("a rollout that was rolled back, under assertions that do not mind: what came after is not known", async () => {
  const { events } = await recordOf({ p99: 80 });
  const { end } = again(asserting("active_cons > 10"), events);
  expect(end).toEqual({ type: "cut", stage: "internal", reason: "assertion-failed" });
  expect(replayVerdict(end)).toBe("undecided");
});

test("the earliest fail decides, whatever the order in which assertions stand", async () => {
  const { events } = await recordOf({ connections: 2 }, { assertions: [assertion("each.healthy")] });
  const late = assertion("active_cons > 10", { allow: { bad: 4, of: 5 } });
  const early = assertion("active_cons > 9", { allow: { bad: 1, of: 5 } });
  for (const assertions of [
    [late, early],
    [early, late],
  ]) {
    const { end, stages } = again(policyOf({ assertions }), events);
    expect(stages[0]?.assertions.filter(({ failedAt }) => failedAt !== undefined)).toHaveLength(2);
    expect(end).toMatchObject({ type: "failed", judgement: { assertion: "active_cons > 9" } });
  }
});

test("a rollout that was held for want of evidence is held again, or cut where evidence is not asked for", async () => {
  const { events } = await recordOf({ blind: true });
  expect(again(policyOf(), events).end).toMatchObject({ type: "held", stage: "internal" });
  expect(again(asserting("each.healthy"), events).end).toEqual({
    type: "cut",
    stage: "internal",
    reason: "no-evidence",
  });
});

test("a rollout that was interrupted, or had no bakes, has no end of a bake to be held at", async () => {
  const stopped = await recordOf({}, {}, { interruptAt: 5_000 });
  const more = policyOf({ assertions: [assertion("active_cons > 10", { minReadings: 1000 })] });
  expect(again(more, stopped.events).end).toMatchObject({ type: "cut", stage: "internal" });
  const killed = await recordOf({}, {}, { killAt: 5_000 });
  expect(again(more, killed.events).end).toEqual({ type: "cut", stage: "internal", reason: undefined });
  const now = await recordOf({}, {}, { now: true });
  expect(again(more, now.events).end).toEqual({ type: "passed" });
});

test("a rollout that timed out in its bake is not held for want of evidence, which it might still have got", async () => {
  const { events } = await recordOf({}, {}, { timeout: 6_000 });
  const more = policyOf({ assertions: [assertion("active_cons > 10", { minReadings: 1000 })] });
  expect(again(more, events).end).toMatchObject({ type: "cut", stage: "internal", reason: "timed-out" });
});

test("nothing recorded has no end that is known", () => {
  expect(replay(policyOf(), [], undefined).end).toEqual({ type: "cut", stage: "", reason: undefined });
});
