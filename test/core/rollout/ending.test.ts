import { expect, test } from "vitest";
import type { Phase } from "../../../src/core/host.ts";
import { pageOf } from "../../../src/core/rollout/ending.ts";
import { set } from "../../../src/core/rollout/state.ts";
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
  expect(Buffer.byteLength(page)).toBeLessThanOrEqual(8_000);
  expect(JSON.parse(page).judgements).toMatchObject([
    { hosts: names.slice(0, 20), interval: { low: 81, high: 90 }, chance: 1e-4, origins: ["one", "two"] },
  ]);
});

test("it is measured in bytes, and what is said of each host grows shorter until it fits", () => {
  const desk = new Desk([stagePlan("all", [hostPlan("a")])]);
  const words = "世界".repeat(400);
  const judgements = Array.from({ length: 9 }, (_, at) => {
    const causes = Array.from({ length: 3 }, () => ({ cause: "no-data" as const, detail: words }));
    return { ...judgement(`m${at} < 1`, "undecided", undefined, 1), causes };
  });
  const given = (more: object) => {
    const all = judgements.map((one) => [one.assertion, { ...one, ...more }] as const);
    return pageOf({ ...desk.state, judgements: new Map(all) }, ending);
  };
  const page = given({});
  expect(Buffer.byteLength(page)).toBeLessThanOrEqual(8_000);
  expect(JSON.parse(page).judgements[0].causes[0].detail).toMatch(/^(世界)+/);
  expect(JSON.parse(given({ assertion: "x".repeat(3_000) })).judgements[0].causes[0].detail).toBe("");
});

test("a host that an earlier run left on its lease, and that gives no answer, is on its way back", () => {
  const hosts = [hostPlan("left", { leased: true }), hostPlan("a")];
  const desk = new Desk([stagePlan("all", hosts)]);
  for (const touched of [true, false]) {
    const state = set(desk.state, "left", { at: "placing", touched });
    expect(JSON.parse(pageOf(state, { ...ending, outcome: "held" })).hosts).toMatchObject([{ state: "reverting" }, {}]);
    const later = { ...state, now: state.now + 3_600_000 };
    expect(JSON.parse(pageOf(later, { ...ending, outcome: "held" })).hosts).toMatchObject([
      { state: "unknown", mend: "ship rollback -c api --only-hosts left" },
      {},
    ]);
  }
});

test("a host that could not be changed is on its way back while its last answer says so", () => {
  const desk = new Desk([stagePlan("all", [hostPlan("a")])]);
  for (const [phase, said] of [
    ["switched", "reverting"],
    ["reverted", "bad"],
  ] as const) {
    const state = set(desk.state, "a", { at: "failed", touched: true, phase });
    expect(JSON.parse(pageOf(state, { ...ending, outcome: "held" })).hosts).toMatchObject([{ state: said }]);
  }
});

test("a host that was left where it is, as those taken back are no better, is what its record says", () => {
  const desk = new Desk([stagePlan("all", [hostPlan("a")])]);
  const said = (phase: Phase, reason: "environment" | "interrupted") => {
    const state = set(desk.state, "a", { at: "directed", touched: true, phase });
    return JSON.parse(pageOf(state, { ...ending, outcome: "held", reason })).hosts[0].state;
  };
  const stays = { idle: "untouched", confirmed: "confirmed", proven: "confirmed", reverted: "restored" } as const;
  for (const [phase, state] of Object.entries({ ...stays, "revert-failed": "bad" })) {
    expect(said(phase as Phase, "environment")).toBe(state);
    expect(said(phase as Phase, "interrupted")).toBe("bad");
  }
  for (const phase of ["armed", "switched", "reverting"] as const) {
    expect(said(phase, "environment")).toBe("reverting");
    expect(said(phase, "interrupted")).toBe("reverting");
  }
});

test("a host that a rollback leaves as it is, as nothing was ever brought to it, is not said to be proven", () => {
  const there = { action: "none", to: "", back: "" } as const;
  const hosts = [hostPlan("a"), hostPlan("blank", { ...there, from: "" }), hostPlan("well", there)];
  const desk = new Desk([stagePlan("rollback", hosts)], {
    plan: { direction: "rollback" },
    options: { asked: "rollback" },
  });
  desk.begin();
  desk.go();
  expect(desk.ended?.hosts.map(({ host, state }) => [host, state])).toEqual([
    ["a", "restored"],
    ["blank", "untouched"],
    ["well", "proven"],
  ]);
});

test("of a large fleet, the page names the hosts of which there is something to say, and no other", () => {
  const hosts = Array.from({ length: 300 }, (_, at) => hostPlan(`api-${at}`, at === 7 ? { detail: "no route" } : {}));
  const desk = new Desk([stagePlan("all", hosts)]);
  const state = set(desk.state, "api-250", { at: "confirmed", silence: { noticedAt: 1, since: 1 } });
  const page = JSON.parse(pageOf(state, ending));
  expect(page.hosts).toMatchObject([
    { host: "api-7", detail: "no route" },
    { host: "api-250", state: "unknown", detail: "it was confirmed, and gives no answer now" },
  ]);
});
