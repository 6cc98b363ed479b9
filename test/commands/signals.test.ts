import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { endWhenIdle, onSignal } from "../../src/commands/signals.ts";

const exit = vi.spyOn(process, "exit");
const open: (() => void)[] = [];

beforeEach(() => {
  exit.mockReset();
  exit.mockImplementation((() => undefined) as never);
});
afterEach(() => {
  for (const forget of open.splice(0)) forget();
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s while nothing is being changed ends with 130",
  async (signal) => {
    const said: string[] = [];
    open.push(endWhenIdle(async (name) => void said.push(name)));
    process.emit(signal, signal);
    await expect.poll(() => exit.mock.calls).toEqual([[130]]);
    expect(said).toEqual([signal]);
  },
);

test("while a rollout hears signals, they are its own matter", () => {
  const [said, heard]: [string[], string[]] = [[], []];
  open.push(endWhenIdle(async (name) => void said.push(name)));
  const forget = onSignal((signal) => heard.push(signal));
  process.emit("SIGTERM", "SIGTERM");
  expect([said, heard, exit.mock.calls]).toEqual([[], ["SIGTERM"], []]);
  forget();
  process.emit("SIGTERM", "SIGTERM");
  expect(said).toEqual(["SIGTERM"]);
});
