import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../engine/world.ts";

/** Begins at the machine's time and goes its own way from there: a clock that is set meanwhile ends no bake, and stretches none. */
export const clock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
  sleep: (ms) => sleep(ms),
};
