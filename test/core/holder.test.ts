import { expect, test } from "vitest";
import { holderSaid, holderText, readHolder } from "../../src/core/holder.ts";

test("who runs a rollout is read back as it was written, and anything else is nobody", () => {
  const holder = { user: "a b", machine: "m/1f", pid: 7, start: "99", since: "2026-11-21T12:00:00Z", folder: "/a b" };
  expect(readHolder(holderText(holder))).toEqual(holder);
  expect(readHolder("a@m pid 7 start 9 since 12")).toMatchObject({ pid: 7, folder: "" });
  expect(readHolder("")).toBeUndefined();
  expect(readHolder("somebody")).toBeUndefined();
});

test("it is said in one way, and what is no holder as it is", () => {
  expect(holderSaid("a@m pid 7 start 9 since 12 in /srv")).toBe("a on m (pid 7, in /srv), since 12");
  expect(holderSaid("a@m pid 7 start 9 since 12")).toBe("a on m (pid 7), since 12");
  expect(holderSaid("somebody")).toBe("somebody");
});
