import { setMaxListeners } from "node:events";

/**
 * A signal that aborts after `within` ms, or with the signal `also`, and what takes the timer off when it is no longer needed.
 */
export function deadline(within: number, also?: AbortSignal): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  // Every connection of a fleet may wait on one.
  setMaxListeners(0, controller.signal);
  const late = () => controller.abort();
  const timer = setTimeout(late, within);
  const off = also === undefined ? () => undefined : onAbort(also, late);
  if (also?.aborted === true) late();
  const clear = () => {
    clearTimeout(timer);
    off();
  };
  return { signal: controller.signal, clear };
}

/** Who waits for a signal. The signal itself would go through all of them for each that comes or goes. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `listener` when `signal` aborts; not, when it has already. Returns what takes it off again. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = waiting.get(signal) ?? heardBy(signal);
  const own = () => listener();
  listeners.add(own);
  return () => listeners.delete(own);
}

function heardBy(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  waiting.set(signal, listeners);
  const tell = () => {
    for (const listener of listeners) listener();
  };
  signal.addEventListener("abort", tell, { once: true });
  return listeners;
}

/** `value`, or undefined when `signal` aborts first. Rejects as `value` does. */
export function before<T>(signal: AbortSignal, value: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve(undefined);
    const off = onAbort(signal, () => resolve(undefined));
    value.then(resolve, reject).finally(off);
  });
}
