import { expect, test } from "vitest";
import { holderText, readHolder } from "../../src/core/holder.ts";

test("who runs a rollout is read back as it was written, and anything else is nobody", () => {
  const holder = { user: "a b", machine: "m/1f", pid: 7, start: "99", since: "2026-11-21T12:00:00Z", folder: "/a b" };
  expect(readHolder(holderText(holder))).toEqual(holder);
  expect(readHolder("a@m pid 7 start 9 since 12")).toMatchObject({ pid: 7, folder: "" });
  expect(readHolder("")).toBeUndefined();
  expect(readHolder("somebody")).toBeUndefined();
});
