import type { Host } from "../core/fleet.ts";
import { type Expected, judgeHealth } from "../core/health.ts";
import type { Answer, Observation } from "../core/host.ts";
import { componentOn } from "../core/parts.ts";
import type { Seen } from "../core/plan.ts";
import { serviceOn, type Targets, treeOn, type World } from "./world.ts";

/** A host that is putting itself back is waited for: this often (ms) … */
const settleEvery = 1_000;

/** Looks at every host of a component, until none is about to put itself back. Changes nothing. */
export function observeFleet(world: World, targets: Targets): Promise<ReadonlyMap<string, Seen>> {
  return onEach(targets, (host) => observeSettled(world, targets, host));
}

/** Looks at every host of a component as it is at this moment. Changes nothing. */
export function glanceAtFleet(world: World, targets: Targets): Promise<ReadonlyMap<string, Seen>> {
  return onEach(targets, (host) => observeHost(world, targets, host));
}

/** All at once: the transport bounds how many at a time. */
async function onEach({ hosts }: Targets, look: (host: Host) => Promise<Seen>): Promise<ReadonlyMap<string, Seen>> {
  return new Map(await Promise.all([...hosts.values()].map(async (host) => [host.name, await look(host)] as const)));
}

/** … and for no longer than its own deadline for an activation, twice: one that it undoes, and one that it does. */
async function observeSettled(world: World, targets: Targets, host: Host): Promise<Seen> {
  const until = world.clock.now() + 2 * targets.component.activateWithin;
  for (;;) {
    const seen = await observeHost(world, targets, host);
    const busy = seen.type === "observed" && seen.observation.record.phase === "reverting";
    if (!busy || world.clock.now() >= until) return seen;
    await world.clock.sleep(settleEvery);
  }
}

/** Looks and checks in one round trip, where the host's side takes both at once and both are asked in one place. */
async function observeHost(world: World, { component }: Targets, host: Host): Promise<Seen> {
  const { healthy, process, tree } = componentOn(component, host);
  const asked = healthy === undefined || tree !== undefined ? {} : { health: { check: healthy, process } };
  const answer = await world.hosts.perform(host, treeOn(component, host), { type: "observe", ...asked });
  if (answer.type !== "observed") return absent(answer);
  const { observation } = answer;
  if (healthy === undefined || (tree === undefined && observation.link === ""))
    return { type: "observed", observation, healthy: undefined, hidden: false };
  const health =
    answer.health ??
    (await world.hosts.perform(host, serviceOn(component, host), { type: "check", check: healthy, process }));
  return {
    type: "observed",
    observation,
    healthy: isKnown(health) ? judgeHealth(healthy, health, runningNow(observation)).healthy : undefined,
    hidden: health.type === "health" && health.healthy && health.process === undefined,
  };
}

/** Of a service that could not be asked nothing is known; to call it ill would let others be taken out beside it. */
function isKnown(health: Answer): boolean {
  return health.type !== "lost" && health.type !== "unreachable";
}

/** What answers now has to be what the link says, however long it has been running. */
function runningNow(observation: Observation): Expected {
  return { release: observation.link, not: undefined };
}

function absent(answer: Answer): Seen {
  if (answer.type === "unreachable") return { type: "absent", cause: answer.cause, reason: answer.reason };
  const reason =
    answer.type === "lost" ? answer.reason : "detail" in answer ? answer.detail : `it answered ${answer.type}`;
  return { type: "absent", cause: "lost", reason };
}
