import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../../src/core/fleet.ts";
import { type Answer, type Hosts, type Observation, type Order, token } from "../../src/core/host.ts";
import type { Packed } from "../host/rig.ts";

export type Site = { readonly hosts: Hosts; readonly host: Host; readonly place: { component: string; path: string } };

/** One host's share of a rollout, as the engine orders it; ends at the first order that is not done. */
export type Deployment = {
  readonly site: Site;
  readonly packed: Packed;
  readonly rollout: string;
  readonly lease: number;
};

export async function look(site: Site): Promise<Observation> {
  const answer = await site.hosts.perform(site.host, site.place, { type: "observe" });
  if (answer.type !== "observed") throw new Error(JSON.stringify(answer));
  return answer.observation;
}

/** Looks at the host and does what is missing until `last`; undefined when that is done, else what stopped it. */
export async function deploy(deployment: Deployment, last: Order["type"] = "close"): Promise<Answer | undefined> {
  const { site, packed, rollout, lease } = deployment;
  const seen = await site.hosts.perform(site.host, site.place, { type: "observe" });
  if (seen.type !== "observed") return seen;
  const { record, link, foreign } = seen.observation;
  if (foreign !== undefined) return { type: "failed", detail: foreign, log: "" };
  const target = packed.release.name;
  if (record.phase === "proven" && link === target) return undefined;
  const continues = record.rollout === rollout && record.phase === "confirmed" && link === target;
  const attempt = continues ? record.attempt : record.attempt + 1;
  const orders: readonly Order[] = [
    { type: "fence", rollout, expect: token(record), holder: "me" },
    { type: "place", ...packed },
    { type: "arm", rollout, attempt, target, from: link, lease },
    { type: "drain", attempt },
    { type: "switch", attempt },
    { type: "activate", attempt },
    { type: "undrain", attempt },
    { type: "confirm", rollout, attempt },
    { type: "prove", target },
    { type: "close", rollout, page: "{}", over: true, keep: 1 },
  ];
  const inHand = new Set<Order["type"]>(["arm", "drain", "switch", "activate", "undrain"]);
  const wanted = orders.filter(({ type }) => !continues || !inHand.has(type));
  const run = `run${record.generation + 1}`;
  let sequence = 0;
  for (const order of wanted) {
    for (;;) {
      const claim = { generation: record.generation + 1, run, sequence: ++sequence };
      const answer = await site.hosts.perform(site.host, site.place, { ...order, claim });
      if (answer.type === "running") {
        await sleep(50);
        continue;
      }
      if (answer.type !== "done") return answer;
      break;
    }
    if (order.type === last) return undefined;
  }
  return undefined;
}

/** What the engine orders for a host that failed: back to its good release, asked again until that is done. */
export async function putBack(site: Site): Promise<Answer> {
  const { record } = await look(site);
  const { generation, run, attempt, good } = record;
  for (let sequence = 1_000; ; sequence += 1) {
    const claim = { generation, run, sequence };
    const answer = await site.hosts.perform(site.host, site.place, { type: "revert", attempt, to: good, claim });
    if (answer.type !== "running") return answer;
    await sleep(50);
  }
}
