import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ssh } from "../config/read.ts";
import { openUplink, type Uplink } from "../host/uplink.ts";

/** What leaves this machine for the hosts, within the bandwidth of the config. */
export function uplinkOf({ bandwidth }: Ssh): Uplink {
  return openUplink({ rate: bandwidth, now: () => performance.now(), sleep: (ms) => sleep(ms) });
}
