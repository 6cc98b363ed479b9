import { describe, expect, test } from "vitest";
import { readFrame } from "../../src/host/frame.ts";
import { readRecord } from "../../src/host/record.ts";

const whole: Readonly<Record<string, string>> = {
  generation: "7",
  run: "4f1c",
  sequence: "12",
  rollout: "20261121-223000-4f1c",
  attempt: "3",
  phase: "proven",
  direction: "forward",
  current: "v408-3f2a9c1b",
  target: "v408-3f2a9c1b",
  good: "v407-0a1b2c3d",
  open: "",
  holder: "me@here pid 1 start 2 since 2026-11-21T22:30:00Z",
};

function read(changes: Readonly<Record<string, string | undefined>>) {
  const fields = Object.entries({ ...whole, ...changes }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} ${value}\n`],
  );
  const frame = readFrame(Buffer.from(`\nship n begin\n${fields.join("")}\nship n end 0\n`), "n");
  if (frame === undefined) throw new Error("no frame");
  return readRecord(frame);
}

test("a record is read as it was told", () => {
  expect(read({})).toEqual({ ...whole, generation: 7, sequence: 12, attempt: 3 });
});

describe("what a host cannot mean is no record, and is not guessed (cell 31)", () => {
  test.each([
    ["no generation", { generation: undefined }],
    ["a generation that is no number", { generation: "-1" }],
    ["a generation in letters", { generation: "seven" }],
    ["a number with a point", { sequence: "1.5" }],
    ["a number in another base", { attempt: "0x10" }],
    ["an unknown phase", { phase: "almost" }],
    ["a phase of JavaScript", { phase: "constructor" }],
    ["no phase", { phase: undefined }],
    ["an unknown direction", { direction: "sideways" }],
  ])("%s (cell 31)", (_name, changes) => expect(read(changes)).toBeUndefined());

  test("S18: a number beyond all counting (cell 31)", () => {
    for (const generation of ["9007199254740993", "9".repeat(400)]) expect(read({ generation })).toBeUndefined();
  });
});

describe("S11: an id becomes a file's name here and goes on to other hosts", () => {
  test.each(["../../../root/x", "/etc/x", "a/b", "..", "-rf", "a b", "v408;id", "a\u202eb", "x".repeat(200)])(
    "S11: %j is none",
    (id) => {
      for (const key of ["run", "rollout", "open"]) expect([key, read({ [key]: id })]).toEqual([key, undefined]);
    },
  );
});

test("S18: no text of a record is longer than any that ship writes (cell 31)", () => {
  for (const key of ["current", "target", "good", "holder"]) {
    expect(read({ [key]: "x".repeat(1000) })).toBeDefined();
    expect(read({ [key]: "x".repeat(1001) })).toBeUndefined();
  }
});
