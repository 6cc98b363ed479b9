import type { Host } from "../core/fleet.ts";
import type { Answer } from "../core/host.ts";
import type { Looked } from "../core/inspection.ts";
import { componentOn } from "../core/parts.ts";
import { serviceOn, type Targets, type World } from "./world.ts";

/** Looks at every host as closely as it can, and leaves nothing behind. The transport bounds how many at a time. */
export async function inspectFleet(world: World, targets: Targets): Promise<ReadonlyMap<string, Looked>> {
  const hosts = [...targets.hosts.values()];
  return new Map(
    await Promise.all(hosts.map(async (host) => [host.name, await inspectHost(world, targets, host)] as const)),
  );
}

/** Two round trips: the first opens the connection, and the clock is compared by the second, which knows the way. */
async function inspectHost(world: World, { component }: Targets, host: Host): Promise<Looked> {
  const place = serviceOn(component, host);
  const { activate, deactivate, drain, undrain, process } = componentOn(component, host);
  const commands = [activate, deactivate, drain?.run, undrain].flatMap((command) => command ?? []);
  const inspected = await world.hosts.perform(host, place, { type: "inspect", commands, process });
  if (inspected.type !== "inspected") return absent(inspected);
  const sent = world.clock.now();
  const observed = await world.hosts.perform(host, place, { type: "observe" });
  const came = world.clock.now();
  if (observed.type !== "observed") return absent(observed);
  const skew = Math.round(observed.observation.now - (sent + came) / 2);
  const { inspection } = inspected;
  return { type: "looked", observation: observed.observation, inspection, took: came - sent, skew };
}

function absent(answer: Answer): Looked {
  if (answer.type === "unreachable") return { type: "absent", cause: answer.cause, reason: answer.reason };
  const reason = answer.type === "lost" ? answer.reason : `it answered ${answer.type}`;
  return { type: "absent", cause: "lost", reason };
}

/** Sees to it that these hosts survive a reboot; says of those where it failed why. */
export async function rearmHosts(
  world: World,
  { component }: Targets,
  hosts: readonly Host[],
): Promise<ReadonlyMap<string, string>> {
  const failed = await Promise.all(
    hosts.map(async (host) => {
      const answer = await world.hosts.perform(host, serviceOn(component, host), { type: "rearm" });
      return answer.type === "done" ? [] : [[host.name, whyNot(answer)] as const];
    }),
  );
  return new Map(failed.flat());
}

function whyNot(answer: Answer): string {
  if (answer.type === "lost" || answer.type === "unreachable") return answer.reason;
  if (answer.type === "refused") return answer.detail;
  return answer.type === "failed" ? [answer.detail, answer.log.trim()].filter(Boolean).join(": ") : answer.type;
}
