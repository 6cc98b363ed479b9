import { expect, test } from "vitest";
import { before, deadline, onAbort } from "../../src/ssh/deadline.ts";

test("who waits for a signal hears of it once, who was taken off does not, and who comes later neither", () => {
  const closing = new AbortController();
  const heard: string[] = [];
  onAbort(closing.signal, () => heard.push("a"));
  const off = onAbort(closing.signal, () => heard.push("b"));
  onAbort(closing.signal, () => heard.push("c"));
  off();
  closing.abort();
  closing.abort();
  onAbort(closing.signal, () => heard.push("d"));
  expect(heard).toEqual(["a", "c"]);
});

test("a function that was given twice is heard twice, and each is taken off alone", () => {
  const closing = new AbortController();
  let heard = 0;
  const listener = () => {
    heard += 1;
  };
  const off = onAbort(closing.signal, listener);
  onAbort(closing.signal, listener);
  off();
  closing.abort();
  expect(heard).toBe(1);
});

test("a deadline comes with the signal that it was given, too, at once where that is over, and not once it is cleared", () => {
  const closing = new AbortController();
  const [hour, cleared] = [deadline(3_600_000, closing.signal), deadline(3_600_000, closing.signal)];
  cleared.clear();
  closing.abort();
  const after = deadline(3_600_000, closing.signal);
  expect([hour, cleared, after].map(({ signal }) => signal.aborted)).toEqual([true, false, true]);
  for (const each of [hour, after]) each.clear();
});

test("what is waited for is given up with the signal, or when the signal was over before", async () => {
  const closing = new AbortController();
  const never = new Promise<never>(() => undefined);
  const given = before(closing.signal, never);
  expect(await before(closing.signal, Promise.resolve(5))).toBe(5);
  closing.abort();
  expect(await given).toBeUndefined();
  expect(await before(closing.signal, never)).toBeUndefined();
});
