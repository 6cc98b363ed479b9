import type { Clock } from "../../src/sdk/limiter.ts";

/** A clock that moves only when it is told to; what was to be called on the way is called, with all that follows from it. */
export function virtualClock(): Clock & {
  readonly pass: (ms: number) => Promise<void>;
  readonly timers: () => number;
} {
  let now = 0;
  const timers = new Map<object, { readonly at: number; readonly run: () => void }>();
  const after = (ms: number, run: () => void) => {
    const timer = {};
    timers.set(timer, { at: now + ms, run });
    return () => void timers.delete(timer);
  };
  const pass = async (ms: number) => {
    const end = now + ms;
    await settled();
    for (;;) {
      const [next] = [...timers].filter(([, { at }]) => at <= end).sort(([, one], [, other]) => one.at - other.at);
      if (next === undefined) break;
      timers.delete(next[0]);
      now = next[1].at;
      next[1].run();
      await settled();
    }
    now = end;
    await settled();
  };
  return { now: () => now, after, pass, timers: () => timers.size };
}

/** Everything that waits for no timer has been done. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
