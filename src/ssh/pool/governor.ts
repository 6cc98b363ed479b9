import { type Slots, slots } from "./slots.ts";

/**
 * How many connections may be on their way to one endpoint at once, learned from how it takes them. sshd counts those that
 * have not logged in yet (MaxStartups, stock 10:30:100: from ten on it turns some away by chance, without a word).
 */
export type Governor = {
  /** Waits for its turn at `endpoint`; undefined when `signal` aborts first. */
  turn(endpoint: string, signal: AbortSignal): Promise<Turn | undefined>;
};

/** To be called once, when the connection has logged in or failed. `lost`: it was cut off before its handshake. */
export type Turn = (lost: boolean) => void;

/** Below the ten at which a stock sshd begins to turn away, with room for somebody else. */
const first = 8;

/** Additive increase, multiplicative decrease (Chiu and Jain, 1989); once lost at some width, it is not tried again. */
export function governor(most: number): Governor {
  const windows = new Map<string, Window>();
  return {
    async turn(endpoint, signal) {
      const window = windows.get(endpoint) ?? open(most);
      windows.set(endpoint, window);
      const release = await window.places.take(signal);
      if (release === undefined) return undefined;
      const begun = window.cuts;
      return (lost) => {
        if (lost) shrink(window, begun);
        else grow(window);
        release();
      };
    },
  };
}

/** `cuts` counts the losses that were answered: those that were on their way together are one. */
type Window = { readonly places: Slots; width: number; ceiling: number; cuts: number };

function open(most: number): Window {
  const width = Math.min(first, most);
  return { places: slots(width), width, ceiling: most, cuts: 0 };
}

function grow(window: Window): void {
  window.width = Math.min(window.ceiling, window.width + 1 / window.width);
  window.places.resize(Math.floor(window.width));
}

function shrink(window: Window, begun: number): void {
  if (begun !== window.cuts) return;
  window.cuts += 1;
  window.ceiling = Math.max(1, Math.floor(window.width) - 1);
  window.width = Math.max(1, window.width / 2);
  window.places.resize(Math.floor(window.width));
}
