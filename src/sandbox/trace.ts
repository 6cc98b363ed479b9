import { readdirSync, readFileSync } from "node:fs";
import { type Identity, startOf } from "./process.ts";

/** Carries the sandbox's nonce in the environment of everything on its hosts, and of all that they start. */
export const mark = "SHIP_SANDBOX";

/**
 * The processes that descend from this run of the sandbox, by the mark in their environment. Linux only: elsewhere what
 * left its process group ends by itself, as a watchdog does with its lease.
 */
export function marked(nonce: string): readonly Identity[] {
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
