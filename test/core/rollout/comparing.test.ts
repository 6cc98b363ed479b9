import { expect, test } from "vitest";
import type { Component } from "../../../src/core/component.ts";
import type { Options } from "../../../src/core/rollout/state.ts";
import { wordText } from "../../../src/core/sign.ts";
import { assertion } from "../../simulation/component.ts";
import { Desk, hostPlan, stagePlan } from "./desk.ts";

const compared = assertion("active_cons > 0.5 * baseline.active_cons", { minEvents: 0, minReadings: 1 });

type Setting = { policy?: Partial<Component>; options?: Partial<Options> };

/** A run that finds `a` proven, and comes to the stage of all the others: `b` and `c`. */
function begun({ policy, options }: Setting = {}, more: readonly string[] = []): Desk {
  const stages = [
    stagePlan("beta", [hostPlan("a", { action: "none" })]),
    stagePlan("all", [hostPlan("b"), hostPlan("c")]),
    ...more.map((name) => stagePlan(name, [hostPlan(name)])),
  ];
  const desk = new Desk(stages, {
    policy: { assertions: [compared], warmup: 0, ...policy },
    ...(options === undefined ? {} : { options }),
  });
  desk.begin();
  desk.go();
  return desk;
}

/** The measurement that is due is made: `a` has so many connections, each other host a hundred. */
function measured(desk: Desk, connections: number): void {
  const due = desk.wanted.find((effect) => effect.type === "measure");
  const values = due?.hosts.map((host) => [host, host === "a" ? connections : 100] as const) ?? [];
  const samples = values.map(([host, value]) => {
    return { metric: "active_cons", host, at: desk.now, reading: { type: "gauge", value }, origin: "x" } as const;
  });
  desk.input({ type: "measured", at: desk.now, samples });
}

const started = (desk: Desk) => ["b", "c"].filter((host) => desk.at(host) !== "placed");

test("the last hosts without the change are not started before the others were compared with them", () => {
  const desk = begun();
  expect(started(desk)).toEqual([]);
  expect(desk.told.at(-1)).toMatchObject({ type: "host.placed" });
  expect(desk.told).toContainEqual({
    type: "warned",
    text: `Stage all takes the last hosts without the change: they are measured first, for ${compared.text}.`,
    hint: "That may take 10 s; without a verdict the rollout is held.",
  });
  desk.tick(250);
  measured(desk, 90);
  expect(started(desk)).toEqual(["b", "c"]);
});

test("where the comparison speaks against the change, none of them is started, and it is turned back", () => {
  const desk = begun();
  for (let round = 0; round < 2; round += 1) {
    desk.tick(1_000);
    measured(desk, 10);
  }
  expect(started(desk)).toEqual([]);
  desk.go();
  expect(desk.ended).toMatchObject({ reason: "assertion-failed" });
});

test("without a verdict in the time of the longest bake it is held, with nothing touched, unless it was approved", () => {
  const desk = begun();
  desk.tick(9_999);
  expect(desk.state.phase.name).toBe("changing");
  desk.tick(1);
  desk.go();
  expect(desk.ended).toMatchObject({ exit: 8, reason: "no-evidence" });
  expect(desk.ended?.summary).toContain("has no verdict, and this stage takes the last hosts to compare with");
  expect(started(desk)).toEqual([]);
  const approved = begun({ options: { steered: { taken: 1, paused: undefined, approved: ["all"], paces: [] } } });
  expect(started(approved)).toEqual(["b", "c"]);
});

test("a pause is no time in which anything is compared: after it there is the whole of that again", () => {
  const say = (desk: Desk, number: number, word: "pause" | "resume" | "approve") => {
    const text = wordText({
      number,
      rollout: "r1",
      word,
      by: "ada",
      why: "",
      approved: word === "approve" ? ["x"] : [],
    });
    desk.input({
      type: "beaten",
      at: desk.now,
      host: "a",
      count: desk.state.beating.count,
      answer: { type: "heard", word: text },
    });
  };
  for (const on of ["resume", "approve"] as const) {
    const desk = begun();
    say(desk, 1, "pause");
    desk.tick(60_000);
    say(desk, 2, on);
    desk.tick(9_999);
    expect(desk.state.phase.name).toBe("changing");
    desk.tick(1);
    desk.go();
    expect(desk.ended).toMatchObject({ reason: "no-evidence" });
  }
});

test("a silence puts its end off by the time that it took, so that one after another it has an end", () => {
  const fallen = begun();
  const began = fallen.now;
  fallen.tick(4_000);
  fallen.state = { ...fallen.state, pause: { noticedAt: fallen.now + 9_000, silentSince: fallen.now } };
  fallen.now += 20_000;
  fallen.tick(0);
  expect(fallen.state).toMatchObject({ pause: undefined, phase: { comparesSince: began + 20_000 } });
});

test("nobody waits where others are left to compare with, where nothing decides by it, or where bakes are left out", () => {
  expect(started(begun({}, ["d"]))).toEqual(["b", "c"]);
  expect(started(begun({ policy: { assertions: [{ ...compared, observeOnly: true }] } }))).toEqual(["b", "c"]);
  expect(started(begun({ policy: { assertions: [assertion("active_cons > 10")] } }))).toEqual(["b", "c"]);
  expect(started(begun({ options: { now: true } }))).toEqual(["b", "c"]);
});

test("a first stage of all hosts begins, and stops before its last ones until they were compared with", () => {
  const hosts = ["a", "b", "c"].map((name) => hostPlan(name));
  const desk = new Desk([stagePlan("all", hosts, { width: 1 })], {
    policy: { assertions: [compared], warmup: 0 },
  });
  desk.begin();
  desk.go();
  expect([desk.at("a"), desk.at("b")]).toEqual(["confirmed", "placed"]);
  desk.tick(250);
  measured(desk, 90);
  expect(desk.at("b")).toBe("arming");
});
