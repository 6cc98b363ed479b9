import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ssh } from "../config/read.ts";
import { openUplink, type Uplink } from "../host/uplink.ts";

/** What leaves this machine for the hosts, within the bandwidth of the config. */
export function uplinkOf({ bandwidth }: Ssh): Uplink {
  return openUplink({ rate: bandwidth, now: () => performance.now(), sleep: (ms) => sleep(ms) });
}

/** A host whose bytes come slower than 20 kB a second has failed: under a cap so few get theirs at once that each has more. */
const enough = 80_000;

/** How many hosts may get their bytes at once. */
export function lanesOf({ concurrency, bandwidth }: Ssh): number {
  return bandwidth === undefined ? concurrency : Math.max(1, Math.min(concurrency, Math.floor(bandwidth / enough)));
}
