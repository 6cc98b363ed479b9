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

test.each([undefined, 3])(
  "whatever still waits six seconds after a signal, ship ends; the code is %s if it had one",
  (code) => {
    vi.useFakeTimers();
    const before = process.exitCode;
    try {
      open.push(onSignal(() => {}));
      process.emit("SIGTERM", "SIGTERM");
      process.exitCode = code;
      vi.advanceTimersByTime(5_900);
      expect(exit).not.toHaveBeenCalled();
      vi.advanceTimersByTime(200);
      expect(exit.mock.calls).toEqual([[code ?? 130]]);
    } finally {
      process.exitCode = before;
      vi.useRealTimers();
    }
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
