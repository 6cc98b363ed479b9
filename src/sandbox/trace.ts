import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Identity, signal, startOf } from "./process.ts";

/** Carries the sandbox's nonce in the environment of everything on its hosts, and of all that they start. */
export const mark = "SHIP_SANDBOX";

/** How often it is looked for what is left; what was killed may have started something meanwhile, and takes a while to go. */
const rounds = 50;

/** Ends what commands left behind on the hosts: watchdogs, jobs, whatever went into a session of its own. */
export async function endMarked(nonce: string): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const left = marked(nonce);
    if (left.length === 0) return;
    for (const identity of left) signal(identity, round === 0 ? "SIGTERM" : "SIGKILL");
    await sleep(round === 0 ? 200 : 50);
  }
}

/**
 * The processes that descend from this run of the sandbox, by the mark in their environment. Linux only: elsewhere what
 * left its process group ends by itself, as a watchdog does with its lease.
 */
function marked(nonce: string): readonly Identity[] {
  return pids().flatMap((pid) => {
    if (pid === process.pid || !carries(pid, nonce)) return [];
    const started = startOf(pid);
    return started === undefined ? [] : [{ pid, started }];
  });
}

function pids(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^[0-9]+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function carries(pid: number, nonce: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${mark}=${nonce}`);
  } catch {
    return false;
  }
}
