import { expect, test } from "vitest";
import { pageOf } from "../../../src/core/rollout/ending.ts";
import { judgement } from "../../report/story.ts";
import { Desk, hostPlan, stagePlan } from "./desk.ts";

const ending = { outcome: "rolled-back", reason: "assertion-failed", summary: "it failed", hint: undefined } as const;

test("the page that stays on a host names some of a thousand hosts, and keeps the numbers", () => {
  const names = Array.from({ length: 1000 }, (_, at) => `api-${at}.example.com`);
  const desk = new Desk([stagePlan("all", [hostPlan("a")])]);
  const failing = {
    ...judgement("p99_latency < 50", "fail", 83.2, 50),
    hosts: names,
    causes: names.map((name) => ({ cause: "no-data" as const, detail: name.repeat(20) })),
    origins: ["one", "two", "three"],
    interval: { low: 81, high: 90 },
    chance: 1e-4,
  };
  const page = pageOf({ ...desk.state, judgements: new Map([[failing.assertion, failing]]) }, ending);
  expect(page.length).toBeLessThanOrEqual(8_000);
  expect(JSON.parse(page).judgements).toMatchObject([
    { hosts: names.slice(0, 20), interval: { low: 81, high: 90 }, chance: 1e-4, origins: ["one", "two"] },
  ]);
});
