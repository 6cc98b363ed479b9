import { flagOf } from "./flag.ts";
import type { Problem } from "./follow.ts";
import type { Figures, LimitOptions } from "./limiter.ts";
import { open, type Ship } from "./open.ts";

export type { Context } from "./evaluate.ts";
export type { Problem } from "./follow.ts";
export { type Figures, type LimitOptions, RefusedError } from "./limiter.ts";
export { open, type Ship } from "./open.ts";
export type { Places } from "./places.ts";

/** Opened by the first use, at the places that the environment names, and never closed: it keeps no process alive. */
let opened: Ship | undefined;

/** `flag("lxc", false, { targetingKey: "shop-17" })`: see `flagOf`. */
export const flag = flagOf(() => usual().definitions());

/** See `Ship.limit`: `await limit("publish", 10, () => publish(message))`. */
export function limit<T>(name: string, rate: number, call: () => T, options?: LimitOptions): Promise<Awaited<T>> {
  return usual().limit(name, rate, call, options);
}

/** See `Ship.metrics`. */
export function metrics(): Readonly<Record<string, Figures>> {
  return usual().metrics();
}

/** See `Ship.problems`. */
export function problems(): readonly Problem[] {
  return usual().problems();
}

/** See `Ship.prometheus`. */
export function prometheus(): string {
  return usual().prometheus();
}

function usual(): Ship {
  opened ??= open();
  return opened;
}
