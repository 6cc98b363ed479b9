import { expect, test } from "vitest";
import type { Answer } from "../../../src/core/host.ts";
import { readBeat, wordText } from "../../../src/core/sign.ts";
import { Desk, hostPlan, stagePlan } from "./desk.ts";

function begun(options: ConstructorParameters<typeof Desk>[1] = {}): Desk {
  const desk = new Desk([stagePlan("all", [hostPlan("a")], { approve: true })], options);
  desk.begin();
  desk.answer("a", "fence");
  return desk;
}

const word = (approved: readonly string[]): Answer => {
  const text = wordText({ number: 1, rollout: "r1", word: "approve", by: "ada", why: "seen", approved });
  return { type: "heard", word: text };
};

function beaten(desk: Desk, answer: Answer = { type: "heard", word: "" }): void {
  desk.input({ type: "beaten", at: desk.now, host: "a", count: desk.state.beating.count, answer });
}

const told = (desk: Desk) =>
  desk.wanted.flatMap((effect) => (effect.type === "beat" ? (readBeat(`0\t${effect.beat.text}`) ?? []) : []))[0];

test("a stage that needs an approval is held when nobody waits for one, once the witnesses have heard of it", () => {
  const desk = begun();
  expect(desk.told.at(-1)).toEqual({ type: "approval.awaited", stage: "all", index: 0, within: 0 });
  expect(told(desk)).toMatchObject({ stage: "all (to begin)", doing: "waiting for somebody to approve stage all" });
  expect(desk.state.phase.name).toBe("changing");
  beaten(desk);
  desk.go();
  expect(desk.ended).toMatchObject({ exit: 8, reason: "not-approved" });
  expect(desk.ended?.summary).toContain("ship approve -c api --reason TEXT");
});

test("and when they do not hear of it, some seconds later", () => {
  const desk = begun();
  desk.tick(9_999);
  expect(desk.state.phase.name).toBe("changing");
  desk.tick(1);
  expect(desk.state.phase.name).not.toBe("changing");
});

test("it waits as long as it may, without end where it may, and begins with the approval", () => {
  const desk = begun({ options: { approvalWait: Number.POSITIVE_INFINITY } });
  expect(desk.told.at(-1)).toMatchObject({ type: "approval.awaited", within: null });
  beaten(desk);
  desk.answer("a", "place");
  desk.tick(3_600_000);
  expect(desk.at("a")).toBe("placed");
  beaten(desk, word([]));
  expect(desk.told.at(-1)).toMatchObject({ type: "warned" });
  beaten(desk, word(["all (to begin)"]));
  expect(desk.at("a")).toBe("placed");
});

test("a pause is no time in which it waits: after it there is the whole of that again", () => {
  const desk = begun({ options: { approvalWait: 10_000 } });
  const say = (number: number, said: "pause" | "resume") =>
    beaten(desk, {
      type: "heard",
      word: wordText({ number, rollout: "r1", word: said, by: "ada", why: "", approved: [] }),
    });
  say(1, "pause");
  desk.tick(60_000);
  say(2, "resume");
  desk.tick(9_999);
  expect(desk.state.phase.name).toBe("changing");
  desk.tick(1);
  desk.go();
  expect(desk.ended).toMatchObject({ reason: "not-approved" });
});

test("an approval that was given before is enough", () => {
  const steered = { taken: 3, paused: undefined, approved: ["all (to begin)"], paces: [] };
  const desk = begun({ options: { steered } });
  desk.answer("a", "place");
  expect(desk.at("a")).toBe("arming");
  expect(desk.told.some(({ type }) => type === "approval.awaited")).toBe(false);
});

test("it begins with the first word that approves it", () => {
  const desk = begun({ options: { approvalWait: 10_000 } });
  desk.answer("a", "place");
  beaten(desk, word(["all (to begin)"]));
  expect(desk.told.at(-1)).toEqual({ type: "stage.approved", stage: "all (to begin)", by: "ada", why: "seen" });
  expect(desk.at("a")).toBe("arming");
});
