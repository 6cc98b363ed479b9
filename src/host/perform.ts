import type { Duplex } from "node:stream";
import type { Answer, Hosts, Operation } from "../core/host.ts";
import type { Transport } from "../core/transport.ts";
import { operations } from "./index.ts";
import type { Asked, Site } from "./run.ts";
import { openUplink, type Uplink } from "./uplink.ts";
import type { Ways } from "./way.ts";

/**
 * Hosts as they are, over a transport. Never rejects: what nobody foresaw is `lost`, as it may have happened or not.
 * `check`, `processes` and the jobs' orders may take ten seconds; `place` as long as its bytes need. They leave by `uplink`.
 */
export function createHosts(transport: Transport<Duplex>, uplink: Uplink = unlimited()): Hosts {
  const ways: Ways = new Map();
  return {
    perform: (host, place, operation) =>
      carryOut({ transport, host, place, uplink, ways }, operation).catch((error: unknown) => ({
        type: "lost",
        reason: error instanceof Error ? error.message : String(error),
      })),
  };
}

function unlimited(): Uplink {
  return openUplink({ rate: undefined, now: () => 0, sleep: () => Promise.resolve() });
}

type ByType = { readonly [T in Operation["type"]]: Asked<T> };

async function carryOut<T extends Operation["type"]>(site: Site, operation: ByType[T]): Promise<Answer> {
  return operations[operation.type](site, operation);
}
