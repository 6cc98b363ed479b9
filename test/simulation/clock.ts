import type { Clock } from "../../src/engine/world.ts";

type Timer = { readonly at: number; readonly fire: () => void };

export type VirtualClock = Clock & {
  /** Calls back at a time, without anybody waiting. */
  readonly later: (ms: number, act: () => void) => void;
  /** Lets time pass, event by event, until the work is done; rejects when nothing is left to happen before that. */
  readonly drive: <T>(work: Promise<T>) => Promise<T>;
};

/** Time that passes only when nothing else can happen: a day is a millisecond, and the same every time. */
export function virtualClock(start = Date.UTC(2026, 10, 21, 12)): VirtualClock {
  let now = start;
  /** By their time; of the same time, the one that was asked for first. */
  const timers: Timer[] = [];
  const add = (ms: number, fire: () => void) => {
    const at = now + ms;
    const after = timers.findLastIndex((timer) => timer.at <= at);
    timers.splice(after + 1, 0, { at, fire });
  };
  return {
    now: () => now,
    sleep: (ms) => new Promise((resolve) => add(ms, resolve)),
    later: add,
    drive: async (work) => {
      let ended = false;
      const watched = work.finally(() => {
        ended = true;
      });
      watched.catch(() => undefined);
      while (!ended) {
        await new Promise((resolve) => setImmediate(resolve));
        if (ended) break;
        const next = timers.shift();
        if (next === undefined) throw new Error("nothing is left to happen, and the work is not done");
        now = next.at;
        next.fire();
      }
      return watched;
    },
  };
}
