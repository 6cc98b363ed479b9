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
  const say = (healthy: boolean, detail: string): Input => {
    return { type: "checked", at: world.clock.now(), host: effect.host, attempt: effect.attempt, healthy, detail };
  };
  if (host === undefined || check === undefined) return say(false, "no health check is configured");
  let watch: Watch = { startedAt: world.clock.now(), wellSince: undefined };
  for (;;) {
    const answer = await world.hosts.perform(host, placeOn(component, host), {
      type: "check",
      check,
      process: component.process,
    });
    const { healthy, detail } = judgeHealth(check, answer, { release: effect.release, since: effect.since });
    const watched = watchHealth(watch, check, healthy, world.clock.now());
    watch = watched.watch;
    if (watched.verdict !== "wait" || abandoned()) return say(watched.verdict === "healthy", detail);
    await world.clock.sleep(pollEvery);
  }
}
