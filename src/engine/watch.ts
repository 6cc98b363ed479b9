import { judgeHealth, type Watch, watchHealth } from "../core/health.ts";
import { componentOn } from "../core/parts.ts";
import type { Effect, Input } from "../core/rollout/exchange.ts";
import { hostOf, serviceOn, type Targets, type World } from "./world.ts";

/** How often a host's health is asked while it is waited for, ms. */
const pollEvery = 250;

type Check = Extract<Effect, { readonly type: "check" }>;

/**
 * Asks a host's health until it has been well for long enough, its time is over, or it gives no answer at all;
 * `abandoned` ends it early.
 */
export async function watchUntilSettled(
  world: World,
  targets: Targets,
  effect: Check,
  abandoned: () => boolean,
): Promise<Input> {
  const host = hostOf(targets, effect.host);
  const { healthy: check, process } = componentOn(targets.component, host);
  const say = (found: Found): Input => {
    return { type: "checked", at: world.clock.now(), host: effect.host, attempt: effect.attempt, ...found };
  };
  // Of several services one may have no health check where another has: nothing can be asked of it.
  if (check === undefined) return say({ healthy: true, detail: "", silent: false, process: undefined });
  if (effect.after > 0) await world.clock.sleep(effect.after);
  let watch: Watch = { startedAt: world.clock.now(), wellSince: undefined };
  for (;;) {
    const look = { type: "check", check, process } as const;
    const answer = await world.hosts.perform(host, serviceOn(targets.component, host), look);
    const { healthy, detail } = judgeHealth(check, answer, effect);
    const silent = answer.type === "lost" || answer.type === "unreachable";
    const watched = watchHealth(watch, check, healthy, world.clock.now());
    watch = watched.watch;
    if (watched.verdict !== "wait" || silent || abandoned()) {
      const identity = answer.type === "health" ? answer.process?.identity : undefined;
      return say({ healthy: watched.verdict === "healthy", detail, silent, process: identity });
    }
    await world.clock.sleep(pollEvery);
  }
}

type Found = Pick<Extract<Input, { readonly type: "checked" }>, "healthy" | "detail" | "silent" | "process">;

/** Which process the service is now. */
export async function identify(
  world: World,
  targets: Targets,
  { host: name, attempt, after }: Extract<Effect, { readonly type: "identify" }>,
): Promise<Input> {
  const { component } = targets;
  if (after > 0) await world.clock.sleep(after);
  const host = hostOf(targets, name);
  const look = { type: "processes", process: componentOn(component, host).process } as const;
  const answer = await world.hosts.perform(host, serviceOn(component, host), look);
  return { type: "identified", at: world.clock.now(), host: name, attempt, answer };
}
