import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { ended, isAlive, signal, startOf } from "../../src/sandbox/process.ts";

test("a process is told apart from another with its pid", () => {
  const started = startOf(process.pid) ?? "";
  expect(isAlive({ pid: process.pid, started })).toBe(true);
  expect(isAlive({ pid: process.pid, started: `${started}0` })).toBe(false);
  expect(signal({ pid: process.pid, started: `${started}0` }, "SIGKILL")).toBe(false);
  expect(startOf(999_999_999)).toBeUndefined();
});

test("an end is waited for, and no longer than asked", async () => {
  const child = spawn("sleep", ["600"]);
  const identity = { pid: child.pid ?? 0, started: startOf(child.pid ?? 0) ?? "" };
  expect(await ended(identity, 50)).toBe(false);
  expect(signal(identity, "SIGTERM")).toBe(true);
  expect(await ended(identity, 50_000)).toBe(true);
});
