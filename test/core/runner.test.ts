import { describe, expect, test } from "vitest";
import { bare, blank, type HostRecord, noSigns, type Signs } from "../../src/core/host.ts";
import type { Seen } from "../../src/core/plan.ts";
import { lifeSign, runnersOf } from "../../src/core/runner.ts";
import { beatText, wordText } from "../../src/core/sign.ts";
import { saidOn, steeredFrom } from "../../src/core/steered.ts";

const held: HostRecord = { ...blank, generation: 3, run: "a", open: "r1", holder: "me" };
const beat = {
  generation: 3,
  run: "a",
  count: 1,
  rollout: "r1",
  taken: 0,
  stage: "all",
  doing: "it",
  typed: "",
  vain: false,
};
const beaten = (change: Partial<typeof beat> = {}) => ({ beat: `9\t${beatText({ ...beat, ...change })}` });

function seen(record: HostRecord, signs: Partial<Signs> = {}): Seen {
  const observation = { ...bare, record, signs: { ...noSigns, ...signs } };
  return { type: "observed", observation, healthy: undefined, hidden: false };
}

const fleet = (...hosts: readonly Seen[]) => new Map(hosts.map((one, at) => [`h${at + 1}`, one] as const));

describe("who may be at work", () => {
  test("is every run that holds hosts, with the hosts that have its beat first", () => {
    const found = runnersOf(
      fleet(seen(held), seen(held, beaten()), seen({ ...held, run: "b", open: "r2" }), seen(held)),
    );
    expect(found).toEqual([
      { rollout: "r1", run: "a", holder: "me", hosts: ["h2", "h1", "h4"] },
      { rollout: "r2", run: "b", holder: "me", hosts: ["h3"] },
    ]);
  });

  test("is nobody who took their leave of any host, and nobody where nothing is open or nothing was seen", () => {
    const absent: Seen = { type: "absent", cause: "lost", reason: "" };
    expect(runnersOf(fleet(seen(held), seen({ ...held, holder: "" })))).toEqual([]);
    expect(runnersOf(fleet(seen(held), seen({ ...held, open: "" })))).toEqual([]);
    expect(runnersOf(fleet(seen(blank), absent))).toEqual([]);
  });
});

test("what moves without a runner is no sign of life", () => {
  const signs = { ...noSigns, ...beaten() };
  const before = lifeSign(held, signs);
  expect(lifeSign({ ...held, phase: "reverting", attempt: 4 }, { ...signs, word: "x", closed: "y" })).toBe(before);
  expect(lifeSign({ ...held, sequence: 1 }, signs)).not.toBe(before);
  expect(lifeSign(held, { ...signs, ...beaten({ count: 2 }) })).not.toBe(before);
});

describe("what was said to the runners of a rollout", () => {
  const word = { rollout: "r1", by: "ada", why: "", approved: [] };
  const paused = wordText({ ...word, number: 2, word: "pause", approved: ["internal"] });

  test("a pause that was taken and every approval last; one that nobody took is taken by the first beat", () => {
    const taken = fleet(seen(held, { word: paused, ...beaten({ taken: 2 }) }), seen(held, { word: paused }));
    expect(steeredFrom(taken, "r1")).toMatchObject({ taken: 2, paused: { number: 2 }, approved: ["internal"] });
    const untaken = fleet(seen(held, { word: paused, ...beaten({ taken: 1 }) }));
    expect(steeredFrom(untaken, "r1")).toMatchObject({ taken: 1, paused: undefined, approved: ["internal"] });
  });

  test("the last word counts, and none that is about another rollout", () => {
    const resumed = wordText({ ...word, number: 3, word: "resume" });
    const both = fleet(seen(held, { word: resumed, ...beaten({ taken: 3 }) }), seen(held, { word: paused }));
    expect(steeredFrom(both, "r1")).toMatchObject({ taken: 3, paused: undefined });
    expect(steeredFrom(new Map([["h1", { type: "absent", cause: "lost", reason: "" }]]), "r1").taken).toBe(0);
    expect(steeredFrom(both, "r2")).toEqual({ taken: 0, paused: undefined, approved: [], paces: [] });
  });

  test("the stage is what most witnesses of the last run say, and none where as many say another", () => {
    const stageOf = (...said: readonly Parameters<typeof beaten>[0][]) =>
      saidOn(fleet(...said.map((one) => seen(held, beaten(one)))), "r1").stage;
    const before = { count: 9, stage: "internal" };
    const last = { generation: 4, stage: "beta" };
    expect(stageOf(before, before, { ...last, count: 1 })).toBe("beta");
    const lie = { generation: 4, count: 1_000, stage: "all" };
    expect(stageOf(before, last, lie, last)).toBe("beta");
    expect(stageOf(last, lie)).toBe("");
    const [gone, here] = [
      { generation: 4, count: 5, stage: "internal" },
      { generation: 4, count: 9, stage: "all" },
    ];
    expect(stageOf(gone, gone, gone, here, { ...here, count: 8 })).toBe("all");
    expect(stageOf()).toBe("");
  });
});
