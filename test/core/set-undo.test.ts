import { expect, test } from "vitest";
import { partId } from "../../src/core/part-id.ts";
import { type Brought, setToUndo } from "../../src/core/set-undo.ts";

const id = (set: string, index: number, minute: number) =>
  partId(`20261121-22${String(minute).padStart(2, "0")}00`, { set, index, count: 3 });
const by = (rollout: string | undefined, isBack = false): Brought => ({ rollout, isBack });
const [a, b] = ["aaaaaaaa", "bbbbbbbb"];

test("the last set goes back, newest part first", () => {
  expect(setToUndo([by(id(a, 1, 1)), by(id(a, 2, 2)), by(id(a, 3, 3))])).toEqual([2, 1, 0]);
  expect(setToUndo([by(id(a, 2, 2)), by(id(a, 1, 1)), by("20261121-225900-ffff")])).toEqual([0, 1]);
});

test("a set without the component itself goes back too, when it came last", () => {
  expect(setToUndo([by("20261121-220000-ffff"), by(id(a, 1, 1)), by(undefined)])).toEqual([1]);
  expect(setToUndo([by(undefined), by(id(a, 1, 1)), by(id(b, 1, 5))])).toEqual([2]);
  expect(setToUndo([by(undefined), by(id(b, 1, 5)), by(id(a, 1, 1))])).toEqual([1]);
});

test("what was rolled out of the component alone after it is undone alone", () => {
  expect(setToUndo([by("20261121-225900-ffff"), by(id(a, 1, 1)), by(id(a, 2, 2))])).toEqual([]);
  expect(setToUndo([by(undefined), by(undefined)])).toEqual([]);
});

test("one that is back already makes way for the one before it", () => {
  expect(setToUndo([by(id(a, 1, 1)), by(id(b, 1, 5), true), by(id(a, 2, 2))])).toEqual([2, 0]);
  expect(setToUndo([by(id(a, 1, 1), true), by(id(a, 2, 2), true)])).toEqual([1, 0]);
  expect(setToUndo([by("20261121-220000-ffff"), by(id(a, 1, 5), true)])).toEqual([]);
});
