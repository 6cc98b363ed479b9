import { exits } from "../core/error.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Tells of each signal until the returned function is called. A second one ends ship at once: the hosts have their leases. */
export function onSignal(hear: (signal: string) => void): () => void {
  let heard = 0;
  const listener = (signal: NodeJS.Signals) => {
    heard += 1;
    if (heard > 1) process.exit(exits.interrupted);
    hear(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
