import { expect, test } from "vitest";
import { bare, noSigns } from "../../src/core/host.ts";
import type { Seen } from "../../src/core/plan.ts";
import { beatText, type Word, wordText } from "../../src/core/sign.ts";
import { saidOn, steeredFrom } from "../../src/core/steered.ts";

type Lying = { readonly word?: Word; readonly beat?: Partial<Parameters<typeof beatText>[0]> };

/** A host on which a word and a beat lie. */
function host({ word, beat }: Lying): Seen {
  const known = {
    generation: 3,
    run: "a",
    count: 1,
    rollout: "r1",
    taken: 2,
    stage: "all",
    doing: "",
    typed: "[]",
    vain: false,
  };
  const signs = {
    ...noSigns,
    word: word === undefined ? "" : wordText(word),
    beat: beat === undefined ? "" : `1\t${beatText({ ...known, ...beat })}`,
  };
  return { type: "observed", observation: { ...bare, signs }, healthy: undefined, hidden: false };
}

const fleet = (...hosts: readonly Lying[]) =>
  new Map<string, Seen>([
    ...hosts.map((one, index) => [`h${index}`, host(one)] as const),
    ["away", { type: "absent", cause: "lost", reason: "" }],
  ]);

const said = (word: Word["word"], number: number): Word => {
  return { number, rollout: "r1", word, by: "ada", why: "", approved: [], paces: [], pausedBy: "" };
};

test("a pause that was taken goes on, a resume that nobody took is done with, other words wait for the first beat", () => {
  const beat = { taken: 2 };
  expect(steeredFrom(fleet({ beat, word: said("pause", 2) }), "r1")).toMatchObject({ taken: 2, paused: { number: 2 } });
  expect(steeredFrom(fleet({ beat, word: said("pause", 3) }), "r1")).toMatchObject({ taken: 2, paused: undefined });
  expect(steeredFrom(fleet({ beat, word: said("resume", 3) }), "r1")).toMatchObject({ taken: 3, paused: undefined });
  expect(steeredFrom(fleet({ beat, word: said("approve", 3) }), "r1")).toMatchObject({ taken: 2 });
  expect(steeredFrom(fleet({ beat, word: said("resume", 1) }), "r1")).toMatchObject({ taken: 2 });
  expect(steeredFrom(fleet(), "r1")).toEqual({ taken: 0, paused: undefined, approved: [], paces: [] });
});

test("what was set of ship's own rates stays set, and a pause that was there when it was set stays a pause", () => {
  const paces = [{ rate: "width", value: 3, before: undefined }] as const;
  const beat = { taken: 2 };
  const set = { ...said("rate", 3), paces };
  expect(steeredFrom(fleet({ beat, word: set }), "r1")).toMatchObject({ taken: 2, paused: undefined, paces });
  const held = { ...set, pausedBy: "eve" };
  expect(steeredFrom(fleet({ beat, word: held }), "r1").paused).toEqual({ by: "eve", why: "" });
  expect(steeredFrom(fleet({ beat, word: { ...held, word: "resume" } }), "r1").paused).toBeUndefined();
});

test("a rollout's options are what all witnesses of its last run say; where one says otherwise they are not known", () => {
  const typed = '["--to","beta"]';
  const typedOn = (...hosts: readonly Lying[]) => saidOn(fleet(...hosts), "r1").typed;
  expect(typedOn({ beat: { typed } }, { beat: { typed, count: 2 } })).toBe(typed);
  expect(typedOn({ beat: { typed } }, { beat: { typed: "[]" } })).toBe("");
  expect(typedOn({ beat: { typed } }, { beat: { typed: "[]", generation: 2 } })).toBe(typed);
  expect(typedOn({ beat: { typed } }, { beat: { typed: "[]", rollout: "r2" } })).toBe(typed);
  expect(typedOn({})).toBe("");
});
