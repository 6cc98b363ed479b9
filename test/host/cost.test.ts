import { expect, test } from "vitest";
import { canCount, spend } from "./cost.ts";
import { hasShell } from "./local-transport.ts";

/**
 * Each process is a millisecond or two of every host's CPU. Five are what any order needs: dd reads the program, flock takes
 * the lock, and sync, mv and sync make a record that lasts.
 */
const most: Readonly<Record<string, number>> = {
  "observe, nothing there": 4,
  observe: 4,
  "observe with health": 13,
  fence: 13,
  place: 35,
  "place, there already": 14,
  arm: 15,
  switch: 8,
  activate: 16,
  check: 11,
  confirm: 5,
  prove: 5,
  direct: 5,
  revert: 25,
  close: 8,
  "close, and forget": 12,
  beat: 3,
};

test.runIf(canCount() && hasShell("dash"))("starts no more processes on a host than it needs", async () => {
  // Whoever waits for another process starts one each time that it looks: the fewest of some runs count.
  const fewest = new Map<string, number>();
  const over = () => [...fewest].filter(([name, processes]) => processes > (most[name] ?? 0));
  for (let turn = 0; turn < 5 && (turn === 0 || over().length > 0); turn += 1) {
    for (const [name, processes] of await spend("dash"))
      fewest.set(name, Math.min(processes, fewest.get(name) ?? processes));
  }
  expect(over()).toEqual([]);
  expect([...fewest.keys()].sort()).toEqual(Object.keys(most).sort());
});
