import { describe, expect, test, vi } from "vitest";
import { Limiter, RefusedError } from "../../src/sdk/limiter.ts";
import { virtualClock } from "./clock.ts";

const minute = 60_000;

/** A limiter with so many callers who come again as soon as they were let through. */
function busy(rate: number, callers: number) {
  const clock = virtualClock();
  const limiter = new Limiter("publish", rate, clock);
  const caller = async (): Promise<void> => {
    for (;;) await limiter.run(() => undefined);
  };
  for (let index = 0; index < callers; index++) caller().catch(() => undefined);
  return { clock, limiter };
}

describe("the rate is within 2% over a minute", () => {
  test.each([0.5, 1, 2, 3, 10, 97.5, 500])("%s a second", async (rate) => {
    const { clock, limiter } = busy(rate, 5);
    await clock.pass(minute - 1);
    const { passed } = limiter.figures();
    expect(Math.abs(passed - rate * 60)).toBeLessThanOrEqual(Math.max(rate * 60 * 0.02, 0.5));
    await clock.pass(minute);
    expect(Math.abs(limiter.figures().passed - passed - rate * 60)).toBeLessThanOrEqual(
      Math.max(rate * 60 * 0.02, 0.5),
    );
    limiter.close();
  });

  test("also when the timers are late by a third of a second", async () => {
    const clock = virtualClock();
    const limiter = new Limiter("publish", 100, { ...clock, after: (ms, run) => clock.after(ms + 333, run) });
    const all = Array.from({ length: 7_000 }, () =>
      limiter.run(() => undefined, { queue: 7_000 }).catch(() => undefined),
    );
    await clock.pass(minute);
    expect(Math.abs(limiter.figures().passed - 6_000)).toBeLessThanOrEqual(120);
    limiter.close();
    await Promise.all(all);
  });
});

test("at rate 0 nothing passes, what waits waits on, and all of it passes in its order when the rate is raised", async () => {
  const clock = virtualClock();
  const limiter = new Limiter("publish", 10, clock);
  limiter.setRate(0);
  const done: number[] = [];
  const all = Array.from({ length: 100 }, (_, index) => limiter.run(() => done.push(index)));
  await clock.pass(10 * minute);
  expect(done).toEqual([]);
  expect(limiter.figures()).toEqual({ rate: 0, passed: 0, delayed: 100, refused: 0, waiting: 100 });
  limiter.setRate(10);
  await clock.pass(10_000);
  await Promise.all(all);
  expect(done).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(limiter.figures()).toEqual({ rate: 10, passed: 100, delayed: 100, refused: 0, waiting: 0 });
  expect(clock.timers()).toBe(0);
});

test("while calls wait there is a timer, also at rate 0, so that the process stays for them", async () => {
  const clock = virtualClock();
  const limiter = new Limiter("publish", 0, clock);
  const waits = limiter.run(() => "done");
  await clock.pass(minute);
  expect(clock.timers()).toBe(1);
  limiter.setRate(1);
  await clock.pass(1_000);
  await expect(waits).resolves.toBe("done");
  expect(clock.timers()).toBe(0);
});

test("a rate that is cut holds at once, for what was saved as well", async () => {
  const { clock, limiter } = busy(500, 5);
  await clock.pass(1_000);
  limiter.setRate(2);
  const { passed } = limiter.figures();
  await clock.pass(10_000);
  expect(limiter.figures().passed - passed).toBeLessThanOrEqual(21);
  limiter.close();
});

test("a queue has a bound, and none overtakes it", async () => {
  const limiter = new Limiter("publish", 0, virtualClock());
  const first = limiter.run(() => 1, { queue: 2 });
  const second = limiter.run(() => 2, { queue: 2 });
  await expect(limiter.run(() => 3, { queue: 2 })).rejects.toThrow(RefusedError);
  expect(limiter.figures()).toMatchObject({ delayed: 2, refused: 1, waiting: 2 });
  const third = limiter.run(() => 3);
  expect(limiter.figures().waiting).toBe(3);
  limiter.close();
  const ended = await Promise.allSettled([first, second, third]);
  expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(limiter.figures()).toMatchObject({ refused: 4, waiting: 0 });
});

test("while the timer of those who wait is late, a newcomer does not overtake them", async () => {
  const clock = virtualClock();
  const limiter = new Limiter("publish", 1, { ...clock, after: (ms, run) => clock.after(ms + 500, run) });
  const done: string[] = [];
  const call = (name: string) => limiter.run(() => done.push(name));
  const all = [call("one"), call("two")];
  await clock.pass(1_200);
  all.push(call("three"));
  await clock.pass(0);
  expect(done).toEqual(["one"]);
  await expect(limiter.run(() => "four", { onLimit: "reject" })).rejects.toThrow(RefusedError);
  await clock.pass(3_000);
  await Promise.all(all);
  expect(done).toEqual(["one", "two", "three"]);
});

test("onLimit: reject refuses at once what would have to wait", async () => {
  const clock = virtualClock();
  const limiter = new Limiter("publish", 1, clock);
  await expect(limiter.run(() => "one", { onLimit: "reject" })).resolves.toBe("one");
  await expect(limiter.run(() => "two", { onLimit: "reject" })).rejects.toThrow(
    "The limit publish let no further call through.",
  );
  await clock.pass(1_000);
  await expect(limiter.run(() => "three", { onLimit: "reject" })).resolves.toBe("three");
  expect(limiter.figures()).toEqual({ rate: 1, passed: 2, delayed: 0, refused: 1, waiting: 0 });
});

test("a call that fails fails for its caller alone", async () => {
  const clock = virtualClock();
  const limiter = new Limiter("publish", 1, clock);
  const fails = limiter.run(() => {
    throw new Error("broken");
  });
  const works = limiter.run(async () => "works");
  await expect(fails).rejects.toThrow("broken");
  await clock.pass(1_000);
  await expect(works).resolves.toBe("works");
});

test("with a token the call is made before run returns, and the promise that it gives is handed on as it is", async () => {
  const limiter = new Limiter("publish", 10, virtualClock());
  const given = Promise.resolve("given");
  const call = vi.fn(() => given);
  const got = limiter.run(call);
  expect(call).toHaveBeenCalledOnce();
  expect(got).toBe(given);
});

test("the clock is read once a call", async () => {
  const clock = virtualClock();
  const now = vi.fn(clock.now);
  const limiter = new Limiter("publish", 10, { ...clock, now });
  now.mockClear();
  await limiter.run(() => undefined);
  expect(now).toHaveBeenCalledOnce();
});
