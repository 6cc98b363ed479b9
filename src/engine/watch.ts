import { judgeHealth, type Watch, watchHealth } from "../core/health.ts";
import type { Effect, Input } from "../core/rollout/state.ts";
import { placeOn, type Targets, type World } from "./world.ts";

/** How often a host's health is asked while it is waited for, ms. */
const pollEvery = 250;

type Check = Extract<Effect, { readonly type: "check" }>;

/** Asks a host's health until it has been well for long enough or its time is over; `abandoned` ends it early. */
export async function watchUntilSettled(
  world: World,
  targets: Targets,
  effect: Check,
  abandoned: () => boolean,
): Promise<Input> {
  const { component } = targets;
  const host = targets.hosts.get(effect.host);
  const check = component.healthy;
  const say = (healthy: boolean, detail: string, process?: string): Input => {
    const { host: name, attempt } = effect;
    return { type: "checked", at: world.clock.now(), host: name, attempt, healthy, detail, process };
  };
  if (host === undefined || check === undefined) return say(false, "no health check is configured");
  let watch: Watch = { startedAt: world.clock.now(), wellSince: undefined };
  for (;;) {
    const answer = await world.hosts.perform(host, placeOn(component, host), {
      type: "check",
      check,
      process: component.process,
    });
    const { healthy, detail } = judgeHealth(check, answer, { release: effect.release, not: effect.not });
    const watched = watchHealth(watch, check, healthy, world.clock.now());
    watch = watched.watch;
    if (watched.verdict !== "wait" || abandoned()) {
      const process = answer.type === "health" ? answer.process?.identity : undefined;
      return say(watched.verdict === "healthy", detail, process);
    }
    await world.clock.sleep(pollEvery);
  }
}

/** Which process the service is now. */
export async function identify(
  world: World,
  { component, hosts }: Targets,
  { host: name, attempt, after }: Extract<Effect, { readonly type: "identify" }>,
): Promise<Input> {
  if (after > 0) await world.clock.sleep(after);
  const host = hosts.get(name);
  if (host === undefined) throw new Error(`the plan names ${name}, which is not in the fleet`);
  const look = { type: "processes", process: component.process } as const;
  const answer = await world.hosts.perform(host, placeOn(component, host), look);
  return { type: "identified", at: world.clock.now(), host: name, attempt, answer };
}
