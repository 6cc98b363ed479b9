import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blank, noSigns } from "../../src/core/host.ts";
import {
  beatText,
  closureSaid,
  closureText,
  readBeat,
  readClosure,
  readWord,
  sign,
  type Word,
  words,
  wordText,
} from "../../src/core/sign.ts";

const beat = {
  generation: 3,
  run: "a",
  count: 7,
  rollout: "r1",
  taken: 2,
  stage: "all",
  doing: "watching stage all",
  typed: '["--to","beta"]',
  vain: true,
};
const word: Word = {
  number: 4,
  rollout: "r1",
  word: "pause",
  by: "ada@desk",
  why: "lunch",
  approved: ["internal", "all"],
  paces: [
    { rate: "bandwidth", value: 204_800, before: undefined },
    { rate: "width", value: 0, before: 3 },
  ],
  pausedBy: "eve@lap",
};

test("a beat is written only for the run that the record names, and says when by the host's own clock", () => {
  const record = { ...blank, generation: 3, run: "a" };
  const asked = { type: "beat", generation: 3, run: "a", text: beatText(beat) } as const;
  const told = sign(noSigns, record, asked, 12_345);
  expect(told.answer).toBe("heard");
  expect(readBeat(told.signs.beat)).toEqual({ ...beat, at: 12_000 });
  for (const other of [
    { ...record, generation: 4 },
    { ...record, run: "b" },
  ])
    expect(sign(noSigns, other, asked, 0)).toEqual({ signs: noSigns, answer: "stale" });
});

test("options that would have to be cut off or changed to fit a beat are not in it", () => {
  for (const typed of ["", "x".repeat(1_500)])
    expect(readBeat(`1\t${beatText({ ...beat, typed })}`)?.typed).toBe(typed);
  for (const typed of ["x".repeat(1_501), "a\tb", "a\nb"])
    expect(readBeat(`1\t${beatText({ ...beat, typed })}`)?.typed).toBe("");
  expect(readBeat("1\t1\ta\t3\tr\t0\ts\tit")?.typed, "of an older ship").toBe("");
});

test("words and locks are left by anyone, and taken away by an empty text", () => {
  const steered = sign(noSigns, blank, { type: "steer", text: wordText(word) }, 0).signs;
  expect(readWord(steered.word)).toEqual(word);
  expect(sign(steered, blank, { type: "steer", text: "" }, 0).signs).toEqual(noSigns);
  const closed = sign(noSigns, blank, { type: "lock", text: "x" }, 0);
  expect(closed).toEqual({ signs: { ...noSigns, closed: "x" }, answer: "done" });
});

describe("what a host holds is not trusted to be what was sent", () => {
  test("anything is read, or is nothing", () => {
    for (const text of [
      "",
      "x",
      "1\t2",
      "1\tx\ta\t3\tr\t0\ts\td",
      "-1\t1\ta\t3\tr\t0\ts\td",
      "1\t1\ta\t3\tr\t9e9\ts\td",
    ])
      expect(readBeat(text)).toBeUndefined();
    expect(readWord("1\tr\tpause\tme\twhy"), "of an older ship").toMatchObject({
      paces: [],
      pausedBy: "",
      approved: [],
    });
    for (const text of ["", "x", "1\tr\tdance\tme\twhy", "x\tr\tpause\tme\twhy", "1\tr\tpause"])
      expect(readWord(text)).toBeUndefined();
    void fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        readBeat(text);
        readWord(text);
        readClosure(text);
      }),
      { numRuns: 40 },
    );
  });

  test("whatever stands in a text, it stays one line and its own field", () => {
    const texts = fc.string({ unit: "binary", maxLength: 30 });
    void fc.assert(
      fc.property(fc.constantFrom(...words), texts, texts, (said, by, why) => {
        const text = wordText({ ...word, word: said, by, why });
        expect(text).not.toMatch(/[\n\r]/);
        expect(readWord(text)).toMatchObject({ word: said, approved: word.approved, number: 4, paces: word.paces });
      }),
      { numRuns: 40 },
    );
  });
});

test("a lock says who, since when and why; one that was written by hand says what stands there", () => {
  const closure = { by: "ada@desk", at: "2026-11-21T22:30:00Z", why: "audit" };
  expect(readClosure(closureText(closure))).toEqual(closure);
  expect(closureSaid(closure)).toBe("by ada@desk since 2026-11-21T22:30:00Z: audit");
  expect(readClosure("")).toBeUndefined();
  expect(closureSaid(readClosure("do not touch") ?? closure)).toBe("do not touch");
});
