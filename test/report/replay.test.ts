import { expect, test } from "vitest";
import type { ReplayEnd, ReplayedStage } from "../../src/core/replay.ts";
import { replaySummary, replayText } from "../../src/report/replay.ts";
import { golden } from "./golden.ts";
import { judgement } from "./story.ts";

const startedAt = Date.UTC(2026, 10, 21, 22, 30, 0);

function stage(name: string, assertions: ReplayedStage["assertions"], end: "passed" | undefined): ReplayedStage {
  const section = {
    run: 1,
    stage: name,
    index: 0,
    cohorts: new Set([name]),
    hosts: 12,
    startedAt,
    baked: true,
    measurements: [],
    told: new Map(),
    end: end === undefined ? undefined : { state: end, at: startedAt + 120_000, reason: undefined },
  };
  return { section, assertions };
}

const held = judgement("active_cons > 10", "pass", 120, 10);
const failing = { ...judgement("p99_latency < 40", "fail", 43.1, 40), hosts: ["api-02", "api-03"] };
const blind = {
  ...judgement("queue_depth < 5", "undecided", undefined, 5),
  causes: [{ cause: "no-data", detail: "queue_depth was not recorded" }] as const,
};

const stages = [
  stage(
    "internal",
    [
      { assertion: "p99_latency < 40", before: undefined, now: failing, failedAt: startedAt + 48_000 },
      { assertion: "active_cons > 10", before: held, now: held, failedAt: undefined },
      { assertion: "queue_depth < 5", before: undefined, now: blind, failedAt: undefined },
      {
        assertion: "p99_latency < 50",
        before: judgement("p99_latency < 50", "pass", 43.1, 50),
        now: undefined,
        failedAt: undefined,
      },
    ],
    "passed",
  ),
  stage("all", [{ assertion: "active_cons > 10", before: held, now: undefined, failedAt: undefined }], undefined),
];

const rollout = { id: "20261121-223000-7f3a", component: "api", version: "v408" };

test("the end comes first, then each stage with what was said then and is said now", async () => {
  const end: ReplayEnd = {
    type: "failed",
    stage: "internal",
    at: startedAt + 48_000,
    after: 48_000,
    judgement: failing,
  };
  await golden("replay", replayText(rollout, { stages, end }, false));
});

test("what it would have come to, in a sentence", () => {
  const open = [
    { assertion: "queue_depth < 5", before: undefined, now: blind, failedAt: undefined },
    { assertion: "rss < 5", before: undefined, now: undefined, failedAt: undefined },
  ];
  const ends: readonly ReplayEnd[] = [
    { type: "passed" },
    {
      type: "failed",
      stage: "beta",
      at: startedAt,
      after: 800,
      judgement: { ...failing, hosts: [], bad: 0, events: undefined },
    },
    { type: "held", stage: "beta", open, blind: "hold" },
    { type: "held", stage: "beta", open: open.slice(1), blind: "rollback" },
    { type: "cut", stage: "beta", reason: "hosts-failed" },
    { type: "cut", stage: "beta", reason: undefined },
  ];
  expect(ends.map(replaySummary)).toEqual([
    "Would have passed.",
    "Would have failed in stage beta after 800 ms: p99_latency < 40: 43.1 against 40.",
    "Would have been held at the end of stage beta for want of a verdict: queue_depth < 5 (no-data: queue_depth was not recorded); rss < 5 (never measured).",
    "Would have been rolled back (on_blind) at the end of stage beta for want of a verdict: rss < 5 (never measured).",
    "Nothing fails as far as was recorded, which is up to stage beta (hosts-failed). What would have come then is not known.",
    "Nothing fails as far as was recorded, which is up to stage beta. What would have come then is not known.",
  ]);
});

test("a recording may quote hosts: nothing of it steers the terminal", () => {
  const evil = `\u001b[2J::error::\n`;
  const hostile = { ...failing, assertion: evil, hosts: [evil] };
  const end: ReplayEnd = { type: "failed", stage: evil, at: 0, after: 0, judgement: hostile };
  const text = replayText(
    { id: evil, component: evil, version: evil },
    { stages: [stage(evil, [], undefined)], end },
    false,
  );
  expect(text).not.toContain("\u001b");
  expect(text).not.toMatch(/^::/m);
});
