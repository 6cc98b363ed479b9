import type { Happened } from "../core/change-set.ts";
import { everyOf } from "../core/component.ts";
import type { Judgement } from "../core/judge.ts";
import { remedied } from "../core/remedied.ts";
import { evidenceText } from "../core/set-text.ts";
import { measureFleet } from "../engine/preflight.ts";
import type { Opened } from "./session.ts";
import type { SetRun } from "./set-run.ts";

/** Measures whether what was put back mends the service: all assertions on all hosts, for as long as the last stage bakes. */
export async function measured({ session, opened, set }: SetRun): Promise<Happened> {
  await session.turn("stay");
  const { clock } = opened.world;
  const began = clock.now();
  const { judgements, verdict } = await watch(opened);
  const took = clock.now() - began;
  session.tell({ type: "set.measured", set, component: opened.component.name, verdict, judgements, took });
  return { type: "measured", verdict, said: evidenceText(judgements) };
}

async function watch({ component, targets, world }: Opened) {
  const { bake, longestBake } = component.stages.at(-1) ?? { bake: 0, longestBake: 0 };
  await world.clock.sleep(component.warmup);
  const began = world.clock.now();
  const verdictOf = (judgements: readonly Judgement[]) =>
    remedied(judgements, { elapsed: world.clock.now() - began, bake, longestBake });
  const { judgements } = await measureFleet(world, targets, {
    every: everyOf(undefined, bake),
    isEnough: (now) => verdictOf(now.judgements) !== undefined,
  });
  return { judgements, verdict: verdictOf(judgements) ?? "undecided" };
}
