import { exits } from "../core/error.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** All is over so long after the first signal, whatever still waits: a reader of our output, a host's farewell. ms. */
const patience = 6_000;

/** How many are being told of signals: while a rollout runs, a signal is its own matter. */
let hearing = 0;

/** Tells of each signal until the returned function is called. A second one ends ship at once: the hosts have their leases. */
export function onSignal(hear: (signal: string) => void): () => void {
  let heard = 0;
  const listener = (signal: NodeJS.Signals) => {
    heard += 1;
    if (heard > 1) process.exit(exits.interrupted);
    endInTime();
    hear(signal);
  };
  hearing += 1;
  const forget = listen(listener);
  return () => {
    hearing -= 1;
    forget();
  };
}

/**
 * Ends ship with the exit code of an interruption when a signal comes while nobody is told of it (while it looks, or brings
 * bytes here), after `farewell`; by itself node would die of the signal, with a code of its own for each.
 */
export function endWhenIdle(farewell: (signal: string) => Promise<void>): () => void {
  let ending = false;
  return listen((signal) => {
    if (hearing > 0) return;
    if (ending) process.exit(exits.interrupted);
    ending = true;
    endInTime();
    void farewell(signal).finally(() => process.exit(exits.interrupted));
  });
}

/** With the code that ship came to, where it came to one. */
function endInTime(): void {
  setTimeout(() => process.exit(process.exitCode ?? exits.interrupted), patience).unref();
}

function listen(listener: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
