import fc from "fast-check";
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

const step = fc.oneof(
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
  fc.record({ do: fc.constant("rate" as const), rate: fc.constantFrom(0, 0.5, 3, 40) }),
  fc.record({ do: fc.constant("call" as const), count: fc.integer({ min: 1, max: 30 }) }),
);

test("whatever the rate does, no call is lost or made twice, none overtakes, and no more pass than the rate gave", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const clock = virtualClock();
      const limiter = new Limiter("publish", 10, clock);
      const made: number[] = [];
      // Half a second's worth of the first rate is there at the beginning.
      let [asked, rate, given] = [0, 10, 5];
      const call = (index: number) => void limiter.run(() => made.push(index), { queue: 20 }).catch(() => undefined);
      for (const now of steps) {
        if (now.do === "call") for (let more = 0; more < now.count; more++) call(asked++);
        if (now.do === "rate") rate = now.rate;
        limiter.setRate(rate);
        if (now.do === "pass") given += (rate * now.ms) / 1_000;
        await clock.pass(now.do === "pass" ? now.ms : 0);
        const { passed, refused, waiting } = limiter.figures();
        expect(passed).toBeLessThanOrEqual(given + 1e-6);
        expect(passed + refused + waiting).toBe(asked);
        expect(made).toHaveLength(passed);
      }
      limiter.setRate(40);
      await clock.pass(1_000);
      expect(limiter.figures().waiting).toBe(0);
      expect(made).toEqual([...new Set(made)].sort((one, other) => one - other));
    }),
    { numRuns: 60 },
  );
});
