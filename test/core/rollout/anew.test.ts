import { describe, expect, test } from "vitest";
import type { Sample } from "../../../src/core/sample.ts";
import { wordText } from "../../../src/core/sign.ts";
import { Desk, hostPlan, stagePlan } from "./desk.ts";

function heard(desk: Desk, number: number, word: "remeasure" | "pause" | "abort"): void {
  const text = wordText({ number, rollout: "r1", word, by: "ada", why: "rate:publish is 0", approved: [] });
  const count = desk.state.beating.pending.get("a") ?? 0;
  desk.input({ type: "beaten", at: desk.now, host: "a", count, answer: { type: "heard", word: text } });
}

const sample = (desk: Desk): Sample => ({
  metric: "p99_latency",
  host: "a",
  at: desk.now,
  origin: "test",
  reading: { type: "gauge", value: 20 },
});

function measured(desk: Desk): void {
  desk.input({ type: "measured", at: desk.now, samples: [sample(desk)] });
}

/** A bake of ten seconds that has been measured for five of them. */
function baking(): Desk {
  const desk = new Desk([stagePlan("all", [hostPlan("a"), hostPlan("b")])], { policy: { warmup: 0 } });
  desk.begin();
  for (const host of ["a", "b"]) desk.answer(host, "fence");
  desk.go();
  for (let second = 0; second < 5; second += 1) {
    desk.tick(1_000);
    measured(desk);
  }
  return desk;
}

const read = (desk: Desk) => desk.told.flatMap((one) => (one.type === "samples.read" ? [one] : []));

describe("what was changed beside a rollout", () => {
  test("begins its bake and its evidence anew, says so, and marks the first reading after it", () => {
    const desk = baking();
    expect(desk.state.evidence.size).toBe(1);
    const before = read(desk).length;
    heard(desk, 1, "remeasure");
    expect(desk.told.slice(-2)).toMatchObject([
      { type: "evidence.restarted", by: "ada", why: "rate:publish is 0" },
      { type: "bake.started", stage: "all", duration: 10_000, until: desk.now + 10_000 },
    ]);
    expect(desk.state.evidence.size).toBe(0);
    desk.tick(6_000);
    measured(desk);
    expect(desk.state.phase.name).toBe("baking");
    desk.tick(1_000);
    measured(desk);
    expect(
      read(desk)
        .slice(before)
        .map(({ anew }) => anew),
    ).toEqual([true, undefined]);
    desk.tick(3_000);
    measured(desk);
    expect(desk.state.phase.name).toBe("proving");
  });

  test("drops the measurement that was under way: nobody knows on which side its numbers are", () => {
    const desk = baking();
    desk.tick(1_000);
    expect(desk.state.measuring).toBe(true);
    heard(desk, 1, "remeasure");
    measured(desk);
    expect(desk.state).toMatchObject({ measuring: false });
    expect(desk.state.evidence.size).toBe(0);
  });

  test("is measured anew while hosts change as well, and leaves a pause a pause", () => {
    const desk = new Desk([stagePlan("all", [hostPlan("a"), hostPlan("b")])]);
    desk.begin();
    for (const host of ["a", "b"]) desk.answer(host, "fence");
    heard(desk, 1, "pause");
    heard(desk, 2, "remeasure");
    expect(desk.told.at(-1)).toMatchObject({ type: "evidence.restarted" });
    expect(desk.state.steered).toMatchObject({ vain: false, paused: { by: "ada" } });
  });

  test("is nothing to a rollout that measures nothing more", () => {
    const desk = baking();
    heard(desk, 1, "abort");
    const told = desk.told.length;
    heard(desk, 2, "remeasure");
    expect(desk.state.steered.vain).toBe(true);
    expect(desk.told.length).toBe(told);
  });
});
