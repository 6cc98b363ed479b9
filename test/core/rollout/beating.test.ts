import { describe, expect, test } from "vitest";
import type { Answer } from "../../../src/core/host.ts";
import { readBeat, type Word, wordText } from "../../../src/core/sign.ts";
import { Desk, hostPlan, lost, refused, stagePlan } from "./desk.ts";

const four = () => [
  stagePlan(
    "all",
    ["d", "c", "b", "a"].map((name) => hostPlan(name)),
  ),
];

function begun(...made: ConstructorParameters<typeof Desk>): Desk {
  const desk = new Desk(...made);
  desk.begin();
  return desk;
}

const beats = (desk: Desk) => desk.wanted.filter((effect) => effect.type === "beat");
const says = (desk: Desk) => readBeat(`0\t${beats(desk)[0]?.beat.text ?? ""}`);

function beaten(desk: Desk, host: string, answer: Answer = { type: "heard", word: "" }): void {
  const count = desk.state.beating.pending.get(host) ?? 0;
  desk.input({ type: "beaten", at: desk.now, host, count, answer });
}

function fenced(...made: ConstructorParameters<typeof Desk>): Desk {
  const desk = begun(...made);
  for (const host of ["d", "c", "b", "a"]) desk.answer(host, "fence");
  return desk;
}

describe("beats", () => {
  test("go to the first three hosts by name that the run holds, every three seconds, and not before the last was answered", () => {
    const desk = fenced(four());
    expect(beats(desk).map(({ host }) => host)).toEqual(["a", "b", "c"]);
    desk.tick(3_000);
    expect(beats(desk)).toEqual([]);
    beaten(desk, "a");
    expect(beats(desk).map(({ host }) => host)).toEqual(["a"]);
    beaten(desk, "a", lost);
    desk.tick(2_999);
    expect(beats(desk)).toEqual([]);
    desk.tick(1);
    expect(beats(desk).map(({ host }) => host)).toEqual(["a"]);
  });

  test("begin when the first host is fenced, and none is sent before", () => {
    const desk = begun(four());
    desk.tick(5_000);
    expect(beats(desk)).toEqual([]);
    desk.answer("c", "fence");
    expect(beats(desk).map(({ host }) => host)).toEqual(["c"]);
    expect(says(desk)).toMatchObject({ generation: 2, run: "me", count: 1, rollout: "r1", stage: "", taken: 0 });
  });

  test("say what the run does, and a new stage at once", () => {
    const desk = fenced(four());
    expect(says(desk)).toMatchObject({ stage: "all", doing: "changing stage all, 0 of 4 hosts" });
    desk.go();
    for (const host of ["a", "b", "c", "d"]) beaten(desk, host);
    desk.tick(3_000);
    expect(says(desk)?.doing).toBe("watching stage all");
  });

  test("that are refused for a newer run end this one; other refusals and lost ones are no news", () => {
    const desk = fenced(four());
    for (const answer of [lost, refused("stale"), refused("stale", { run: "other", generation: 1 })])
      beaten(desk, "a", answer);
    beaten(desk, "a", refused("stale", { run: "other", generation: 90_000 }));
    expect(desk.state.phase.name).toBe("changing");
    beaten(desk, "nobody", refused("stale", { run: "other", generation: 3 }));
    expect(desk.state.phase.name).toBe("changing");
    beaten(desk, "a", refused("stale", { run: "other", generation: 3, holder: "eve" }));
    expect(desk.ended).toMatchObject({ exit: 5, reason: "superseded" });
  });

  test("tell nothing new while the last words are said", () => {
    const desk = fenced(four());
    desk.go();
    desk.interrupt();
    desk.tick(10_000);
    const { phase } = desk.state;
    if (phase.name === "closing") beaten(desk, "a", refused("stale", { run: "other", generation: 3 }));
    expect(desk.state.phase.name).toBe(phase.name);
  });
});

describe("a run that stood still", () => {
  const woke = (desk: Desk) => {
    desk.now += 60_000;
    desk.input({ type: "woke", at: desk.now });
  };

  test("asks its witnesses before it judges or begins anything", () => {
    const desk = fenced(four());
    for (const host of ["a", "b", "c", "d"]) beaten(desk, host);
    woke(desk);
    expect(beats(desk).length).toBe(3);
    desk.tick(0);
    desk.input({ type: "measured", at: desk.now, samples: [] });
    expect(desk.state.measuring).toBe(false);
    desk.go();
    expect(desk.at("a")).not.toBe("arming");
    for (const host of ["a", "b"]) beaten(desk, host, lost);
    expect(desk.state.beating.doubts).toBeDefined();
    beaten(desk, "c");
    expect(desk.state.beating.doubts).toBeUndefined();
  });

  test("learns nothing from answers to beats from before, however late they come", () => {
    const desk = fenced(four());
    const before = beats(desk).map(({ host, count }) => [host, count] as const);
    woke(desk);
    expect(beats(desk).map(({ host }) => host)).toEqual(["a", "b", "c"]);
    for (const [host, count] of before)
      desk.input({ type: "beaten", at: desk.now, host, count, answer: { type: "heard", word: "" } });
    expect(desk.state.beating.doubts).toEqual({ rounds: 10, heard: false });
    for (const host of ["a", "b", "c"]) beaten(desk, host, lost);
    expect(desk.state.beating.doubts).toEqual({ rounds: 9, heard: false });
    for (const [host, count] of before) desk.input({ type: "beaten", at: desk.now, host, count, answer: lost });
    expect(desk.state.beating.doubts).toEqual({ rounds: 9, heard: false });
    desk.tick(3_000);
    for (const host of ["a", "b", "c"]) beaten(desk, host);
    expect(desk.state.beating.doubts).toBeUndefined();
  });

  test("leaves when it is told to, also while no witness answers, and says how to go on", () => {
    const desk = fenced(four());
    woke(desk);
    expect(desk.told.at(-1)).toMatchObject({ type: "warned", text: expect.stringContaining("stood still") });
    desk.interrupt();
    desk.tick(6_000);
    desk.tick(10_000);
    expect(desk.ended).toMatchObject({ exit: 130 });
  });

  test("goes on asking while no witness answers, as a machine may wake before its network, and not for ever", () => {
    const desk = fenced(four());
    woke(desk);
    for (let round = 1; round <= 10; round += 1) {
      expect(beats(desk).length).toBe(3);
      expect(desk.state.beating.doubts).toEqual({ rounds: 11 - round, heard: false });
      for (const host of ["a", "b", "c"]) beaten(desk, host, lost);
      desk.tick(3_000);
    }
    expect(desk.state.beating.doubts).toBeUndefined();
  });

  test("keeps back what hosts say meanwhile, so that no order follows from it, and takes it when it knows more", () => {
    const desk = fenced(four());
    for (const host of ["a", "b", "c", "d"]) beaten(desk, host);
    for (const host of ["d", "c"]) desk.answer(host, "place");
    expect(desk.at("d")).toBe("arming");
    woke(desk);
    desk.answer("d", "arm");
    expect(desk.at("d")).toBe("arming");
    expect(desk.wanted).toEqual([]);
    for (const host of ["a", "b", "c"]) beaten(desk, host);
    expect(desk.at("d")).toBe("switching");
    expect(desk.wanted).toContainEqual(expect.objectContaining({ type: "order", host: "d" }));
  });

  test("has nobody to ask before it holds a host", () => {
    const desk = begun(four());
    woke(desk);
    expect(desk.state.beating.doubts).toBeUndefined();
  });
});

describe("words", () => {
  const word = (number: number, said: Word["word"], change: Partial<Word> = {}): Answer => {
    const text = wordText({ number, rollout: "r1", word: said, by: "ada", why: "so", approved: [], ...change });
    return { type: "heard", word: text };
  };
  const types = (desk: Desk) => desk.told.map(({ type }) => type);

  test("are taken once, newest first, and only for this rollout; the next beat says so at once", () => {
    const desk = fenced(four());
    beaten(desk, "a", word(2, "pause", { rollout: "r0" }));
    expect(desk.state.steered.paused).toBeUndefined();
    beaten(desk, "b", word(2, "pause"));
    expect(desk.state.steered.paused?.by).toBe("ada");
    expect(says(desk)).toMatchObject({ taken: 2, vain: false });
    beaten(desk, "a", word(2, "resume"));
    expect(desk.state.steered.paused).toBeDefined();
    beaten(desk, "a", word(3, "resume"));
    expect(desk.state.steered.paused).toBeUndefined();
    expect(types(desk).filter((type) => type.startsWith("rollout."))).toEqual(["rollout.paused", "rollout.resumed"]);
  });

  test("wait while hosts are taken over", () => {
    const desk = begun(four());
    desk.answer("a", "fence");
    beaten(desk, "a", word(1, "abort"));
    expect(desk.state.steered.taken).toBe(0);
  });

  test("that come too late are told to be so", () => {
    const desk = fenced([stagePlan("all", [hostPlan("a")])], {
      plan: { direction: "rollback" },
      options: { asked: "rollback" },
    });
    for (const [at, said] of (["pause", "resume", "abort", "approve"] as const).entries()) {
      beaten(desk, "a", word(at + 1, said));
      expect(says(desk), "whoever said it hears so").toMatchObject({ taken: at + 1, vain: true });
    }
    expect(types(desk).filter((type) => type === "warned").length).toBe(4);
    expect(desk.state.steered).toMatchObject({ taken: 4, paused: undefined });
  });

  test("a pause lets nothing begin: no host, no proof of a stage, no last step", () => {
    const once = [{ run: "after", when: "after", reversible: true }] as const;
    const desk = fenced([stagePlan("all", [hostPlan("a")], { bake: 1_000 })], { policy: { once } });
    desk.go();
    desk.input({ type: "measured", at: desk.now, samples: [] });
    beaten(desk, "a", word(1, "pause"));
    desk.tick(2_000);
    desk.input({ type: "measured", at: desk.now, samples: [] });
    expect(desk.state.phase.name).toBe("baking");
    beaten(desk, "a", word(2, "resume"));
    expect(desk.state.phase.name).toBe("proving");
    beaten(desk, "a", word(3, "pause"));
    desk.answer("a", "prove");
    expect(desk.state.phase.name).toBe("finishing");
    expect(desk.at("a")).toBe("proven");
    beaten(desk, "a", word(4, "approve", { approved: ["all"] }));
    expect(desk.at("a")).toBe("stepping");
  });

  test("an abort turns back in every phase that goes forward", () => {
    const desk = fenced([stagePlan("all", [hostPlan("a")])]);
    desk.go();
    beaten(desk, "a", word(1, "abort", { why: "" }));
    expect(desk.state.phase).toMatchObject({
      name: "restoring",
      ending: { reason: "aborted", outcome: "rolled-back" },
    });
    expect(types(desk)).toContain("rollout.aborted");
    desk.go();
    desk.checked("a");
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 3, summary: expect.stringContaining("aborted by ada.") });
  });
});
