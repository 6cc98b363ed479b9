import { describe, expect, test } from "vitest";
import type { Reading, Sample } from "../../../src/core/sample.ts";
import { assertion } from "../../simulation/component.ts";
import { Desk, hostPlan, stagePlan } from "./desk.ts";

const good: Reading = { type: "gauge", value: 20 };
const none: Reading = { type: "missing", cause: "no-data", detail: "no such metric" };

/** A number of each host; the hosts themselves answer. Tells where the rollout is then. */
function look(desk: Desk, numbers: Readonly<Record<string, Reading>>): string {
  desk.tick(2_000);
  const samples = Object.entries(numbers).flatMap(([host, reading]): readonly Sample[] => {
    const where = { host, at: desk.now, origin: "" };
    const same: Reading = { type: "identity", identity: "1", count: undefined };
    return [
      { ...where, metric: "active_cons", reading },
      { ...where, metric: "restarts", reading: same },
    ];
  });
  desk.input({ type: "measured", at: desk.now, samples });
  return desk.state.phase.name;
}

/** Two hosts, one after the other: the first is read three times before the second is begun, and then the bake begins. */
function baking(): Desk {
  const stage = stagePlan("all", [hostPlan("a"), hostPlan("b")], { width: 1 });
  const policy = { warmup: 0, assertions: [assertion("active_cons > 10")] };
  const desk = new Desk([stage], { policy });
  desk.begin();
  for (const host of ["a", "b"]) desk.answer(host, "fence");
  desk.go(["arm"]);
  while (desk.at("a") !== "confirmed") step(desk, "a");
  const wanted = desk.wanted;
  expect([1, 2, 3].map(() => look(desk, { a: good }))).toEqual(["changing", "changing", "changing"]);
  desk.wanted = wanted;
  desk.go();
  expect(desk.state.phase.name).toBe("baking");
  return desk;
}

function step(desk: Desk, host: string): void {
  const next = desk.wanted.find(
    (effect) => (effect.type === "order" || effect.type === "check") && effect.host === host,
  );
  if (next?.type === "order") desk.answer(host, next.order.type);
  else if (next?.type === "check") desk.checked(host);
  else throw new Error(`nothing is asked of ${host}, which is at ${desk.at(host)}`);
}

describe("a bake in which an assertion found no data at times", () => {
  const blind = { a: good, b: none };
  const sighted = { a: good, b: good };

  test("is put off until as many readings as a verdict needs are its own", () => {
    const desk = baking();
    for (let turn = 0; turn < 4; turn += 1) expect(look(desk, blind)).toBe("baking");
    expect(look(desk, sighted)).toBe("baking");
    expect(look(desk, sighted)).toBe("baking");
    expect(look(desk, sighted)).toBe("proving");
  });

  test("ends without a verdict where they do not come", () => {
    const desk = baking();
    for (let turn = 0; turn < 4; turn += 1) look(desk, blind);
    look(desk, sighted);
    for (let turn = 0; turn < 3 && desk.state.phase.name === "baking"; turn += 1) {
      desk.tick(2_000);
      desk.input({ type: "measured", at: desk.now, samples: [] });
    }
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 8, reason: "no-evidence" });
    expect(desk.ended?.summary).toContain("active_cons > 10: too-few, 1 of the 3 readings are of this bake");
  });

  test("is over in its time where its own readings are enough", () => {
    const desk = baking();
    for (const numbers of [blind, blind, sighted, sighted]) expect(look(desk, numbers)).toBe("baking");
    expect(look(desk, sighted)).toBe("proving");
  });
});

test("a source that has nothing new yet is no miss: what was read before the bake speaks on", () => {
  const desk = baking();
  for (let turn = 0; turn < 4; turn += 1) {
    expect(look(desk, turn < 2 ? { a: good, b: good } : {})).toBe("baking");
  }
  expect(desk.state.phase).toMatchObject({ readings: new Map([["active_cons > 10", { taken: 2, missed: 0 }]]) });
});
