import fc from "fast-check";
import { expect, test } from "vitest";
import { openUplink } from "../../src/host/uplink.ts";

/** A clock that jumps to whoever wakes next. */
function virtualClock() {
  let now = 0;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ at: now + ms, wake })),
    async run(until: Promise<unknown>): Promise<void> {
      let over = false;
      void until.then(() => {
        over = true;
      });
      for (;;) {
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
        if (over) return;
        sleepers.sort((one, other) => one.at - other.at);
        const next = sleepers.shift();
        if (next === undefined) throw new Error("nobody sleeps, and it is not over");
        now = next.at;
        next.wake();
      }
    },
  };
}

const parts = fc.array(fc.array(fc.integer({ min: 1, max: 65_536 }), { maxLength: 30 }), {
  minLength: 1,
  maxLength: 8,
});

test("all uploads together never send more than the rate allows, but for a tenth of a second of it and one part each (property)", () =>
  fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1_000, max: 50_000_000 }), async (uploads, rate) => {
      const clock = virtualClock();
      const uplink = openUplink({ rate, now: clock.now, sleep: clock.sleep });
      const slack = rate / 10 + uploads.length * 65_536;
      const upload = async (sizes: readonly number[]) => {
        for (const size of sizes) {
          await uplink.pass(size);
          expect(uplink.sent()).toBeLessThanOrEqual((rate * clock.now()) / 1000 + slack);
        }
      };
      await clock.run(Promise.all(uploads.map(upload)));
      const all = uploads.flat().reduce((sum, size) => sum + size, 0);
      expect(uplink.sent()).toBe(all);
      // It is used to the full as well: nothing waits longer than the bytes before it take.
      expect(clock.now()).toBeLessThanOrEqual((1000 * all) / rate);
    }),
  ));

test("a silence is not saved up: after it no more leaves at once than at the beginning", async () => {
  const clock = virtualClock();
  const uplink = openUplink({ rate: 1_000, now: clock.now, sleep: clock.sleep });
  await clock.run(uplink.pass(100));
  await clock.run(clock.sleep(3_600_000));
  const before = clock.now();
  await clock.run(uplink.pass(100).then(() => uplink.pass(100)));
  expect(clock.now()).toBe(before);
  await clock.run(uplink.pass(1).then(() => uplink.pass(1)));
  expect(clock.now()).toBeGreaterThan(before);
});

test("without a rate nothing waits", async () => {
  const uplink = openUplink({ rate: undefined, now: () => 0, sleep: () => Promise.reject(new Error("slept")) });
  for (let part = 0; part < 100; part += 1) await uplink.pass(1_000_000);
  expect(uplink.sent()).toBe(100_000_000);
});

test("a rate that is set meanwhile holds for what leaves next", async () => {
  const clock = virtualClock();
  const uplink = openUplink({ rate: undefined, now: clock.now, sleep: clock.sleep });
  const upload = async () => {
    await uplink.pass(1_000_000);
    uplink.throttle(1_000);
    for (let part = 0; part < 11; part += 1) await uplink.pass(100);
    const slow = clock.now();
    uplink.throttle(1_000_000);
    for (let part = 0; part < 11; part += 1) await uplink.pass(100);
    return [slow, Math.round(clock.now())];
  };
  const times = upload();
  await clock.run(times);
  expect(await times).toEqual([900, 1_001]);
});
