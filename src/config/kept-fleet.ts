import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import type { Host } from "../core/fleet.ts";
import type { KeptFleet } from "../core/kept-fleet.ts";
import { HostSpec } from "./cohort-schema.ts";
import { hostsInRange } from "./host-range.ts";

/** Longest list that is unpacked, bytes: some ten thousand hosts. */
const largest = 4 * 1024 * 1024;

/** The list as one line of plain letters, small enough for every host to keep. */
export function packKept(kept: KeptFleet): string {
  return gzipSync(JSON.stringify(kept)).toString("base64");
}

/** What a host or this machine kept; undefined for anything that is not such a list. It is believed in its shape alone. */
export function readKept(text: string): KeptFleet | undefined {
  try {
    const bytes = gunzipSync(Buffer.from(text, "base64"), { maxOutputLength: largest });
    const { at, hosts } = Kept.parse(JSON.parse(bytes.toString()));
    return hosts.every(({ name }) => isOneHost(name)) ? { at, hosts: hosts.map(hostOf) } : undefined;
  } catch {
    return undefined;
  }
}

const { address, port, user, labels } = HostSpec.shape;

/** As the config would have them: an address or a label that no cohort's file could hold is not taken from a host either. */
const Kept = z.object({
  at: z.iso.datetime(),
  hosts: z.array(z.object({ name: z.string(), cohort: z.string(), address: address.unwrap(), port, user, labels })),
});

function isOneHost(name: string): boolean {
  const names = hostsInRange(name);
  return !("message" in names) && names.length === 1 && names[0] === name;
}

function hostOf({ name, cohort, address, port, user, labels }: z.output<typeof Kept>["hosts"][number]): Host {
  return { name, cohort, address, port, user, labels };
}
