import { setMaxListeners } from "node:events";

/** A signal that aborts after `within` ms, and what takes the timer off when it is no longer needed. */
export function deadline(within: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  // Every connection of a fleet may wait on one.
  setMaxListeners(0, controller.signal);
  const timer = setTimeout(() => controller.abort(), within);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** `value`, or undefined when `signal` aborts first. Rejects as `value` does. */
export function before<T>(signal: AbortSignal, value: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
