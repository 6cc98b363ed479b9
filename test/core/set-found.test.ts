import { describe, expect, test } from "vitest";
import type { ChangeKind } from "../../src/core/change-set.ts";
import { partId, readPartId, setOf } from "../../src/core/part-id.ts";
import { kindOf } from "../../src/core/part-kind.ts";
import { begin, type Found } from "../../src/core/set-found.ts";

const set = "ab12cd34";
const id = (index: number, count = 3, stamp = `20261121-22300${index}`) => partId(stamp, { set, index, count });
const found = (change: string, kind: ChangeKind, more: Partial<Found> = {}): Found => {
  const part = { change, kind, version: "x" };
  return { part, rollout: undefined, open: false, work: "forward", failed: false, ...more };
};
const api = (more: Partial<Found> = {}) => found("api", "release", more);
const lxc = (more: Partial<Found> = {}) => found("flag:lxc", "flag", more);
const publish = (more: Partial<Found> = {}) => found("rate:publish", "rate", more);

const told = (all: readonly Found[]) => {
  const begun = begin(all, "00000000");
  const ended = begun.happened.map((one) => (one.type === "forward" ? `${one.part} ${one.outcome}` : one.type));
  return { set: begun.set, parts: begun.parts.map(({ part }) => part.change), ended, continued: begun.continued };
};

test("a part's id says its set, its place and its time, and no other rollout's does", () => {
  expect(id(2)).toBe("20261121-223002-ab12cd34-2of3");
  expect(readPartId(id(2))).toEqual({ set, index: 2, count: 3 });
  expect([setOf(undefined), setOf("20261121-223002-ab12"), setOf(id(1))]).toEqual([undefined, undefined, set]);
});

test("a change's kind is its first word", () => {
  expect(["api", "flag:lxc", "rate:publish", "other:x", ":x"].map(kindOf)).toEqual([
    "release",
    "flag",
    "rate",
    "release",
    "release",
  ]);
});

describe("a new set", () => {
  test("has what is not there yet, and no part that was proven without it", () => {
    const all = [api({ work: "none", rollout: "20261121-220000-aaaa" }), lxc(), publish()];
    expect(told(all)).toEqual({ set: "00000000", parts: ["flag:lxc", "rate:publish"], ended: [], continued: false });
    expect(told([api({ work: "none" }), lxc()]).set).toBe("00000000");
  });

  test("is begun where an earlier one came to its end, or somebody has changed the rest since", () => {
    const whole = [api({ work: "none", rollout: id(1, 2) }), lxc({ work: "none", rollout: id(2, 2) }), publish()];
    expect(told(whole).set).toBe("00000000");
    const since = [api({ work: "none", rollout: id(1) }), lxc({ rollout: "20261121-230000-aaaa" })];
    expect(told(since)).toMatchObject({ set: "00000000", parts: ["flag:lxc"] });
  });
});

describe("a set that was killed", () => {
  test("goes on between two parts, under its id", () => {
    const all = [api({ work: "none", rollout: id(1) }), lxc({ rollout: "20261121-220000-aaaa" }), publish()];
    const parts = ["api", "flag:lxc", "rate:publish"];
    expect(told(all)).toEqual({ set, parts, ended: ["0 done"], continued: true });
    expect(told([api({ work: "none", rollout: id(1) }), lxc({ rollout: id(2) })])).toMatchObject({
      set,
      continued: true,
    });
  });

  test("goes on in the midst of a part", () => {
    const all = [api({ rollout: id(1), open: true }), lxc(), publish()];
    expect(told(all)).toMatchObject({ set, ended: [], continued: true });
    const single = [api({ rollout: "20261121-220000-aaaa", open: true }), lxc()];
    expect(told(single)).toMatchObject({ set: "00000000", parts: ["api", "flag:lxc"] });
  });

  test("goes on going back, in the midst of a part: what was not begun is not begun", () => {
    const all = [api({ work: "none", rollout: id(1) }), lxc({ work: "back", open: true, rollout: id(2) }), publish()];
    expect(told(all)).toMatchObject({ set, parts: ["api", "flag:lxc"], ended: ["0 done", "turned"] });
  });

  test("goes on going back, between two parts", () => {
    const failed = lxc({ failed: true, rollout: id(2) });
    const all = [api({ work: "none", rollout: id(1) }), failed, publish()];
    expect(told(all)).toMatchObject({ set, parts: ["api", "flag:lxc"], ended: ["0 done", "1 rolled-back"] });
    const other = [api({ work: "back", open: true, rollout: id(1) }), failed, publish()];
    expect(told(other)).toMatchObject({ set, parts: ["api", "flag:lxc"], ended: ["1 rolled-back", "turned"] });
  });

  test("goes on going back where its hosts were taken over for that, and not told of it yet", () => {
    const all = [api({ open: true, rollout: id(1) }), lxc({ failed: true, rollout: id(2) }), publish()];
    expect(told(all)).toMatchObject({ set, parts: ["api", "flag:lxc"], ended: ["0 done", "1 rolled-back"] });
  });

  test("is a new one when all of it is back: what was bad is refused like any other", () => {
    const all = [api({ rollout: id(1) }), lxc({ failed: true, rollout: id(2) })];
    expect(told(all)).toMatchObject({ set: "00000000", parts: ["api", "flag:lxc"], ended: [] });
  });
});
