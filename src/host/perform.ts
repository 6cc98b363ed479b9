import type { Duplex } from "node:stream";
import type { Answer, Hosts, Operation } from "../core/host.ts";
import type { Transport } from "../core/transport.ts";
import { operations } from "./index.ts";
import type { Asked, Site } from "./run.ts";

/**
 * Hosts as they are, over a transport. Never rejects: what nobody foresaw is `lost`, as it may have happened or not.
 * `check`, `processes` and the jobs' orders may take ten seconds; `place` as long as its bytes need.
 */
export function createHosts(transport: Transport<Duplex>): Hosts {
  return {
    perform: (host, place, operation) =>
      carryOut({ transport, host, place }, operation).catch((error: unknown) => ({
        type: "lost",
        reason: error instanceof Error ? error.message : String(error),
      })),
  };
}

type ByType = { readonly [T in Operation["type"]]: Asked<T> };

async function carryOut<T extends Operation["type"]>(site: Site, operation: ByType[T]): Promise<Answer> {
  return operations[operation.type](site, operation);
}
