import type { Effect } from "../../../src/core/rollout/exchange.ts";
import { reduce } from "../../../src/core/rollout/reduce.ts";
import { initial } from "../../../src/core/rollout/state.ts";
import { givenFor, type Setting } from "./given.ts";
import type { Traffic } from "./traffic.ts";
import { type Change, worldOf } from "./world.ts";

/** How a rollout ended; times in ms on its clock. */
export type Rollout = {
  readonly end: "passed" | "held" | "failed";
  readonly at: number;
  /** The hosts that had the change by then, in their order. */
  readonly changes: readonly Change[];
  readonly detail: string;
};

/** How often time is told to the reducer, ms, as the engine does it. */
const tickEvery = 250;

/** The traffic began before the rollout, ms. */
const start = 60_000;

/**
 * Rolls a change out over a fleet under traffic: the real planner, reducer and judgement, on a clock that only counts. It
 * ends with the verdict that ends the rollout, before anything is put back.
 */
export function rollOut(setting: Setting, traffic: Traffic): Rollout {
  const given = givenFor(setting);
  const world = worldOf(given, traffic);
  let state = initial(given, start);
  world.put(start, () => ({ type: "began", at: start }));
  for (let now = start; ; now += tickEvery) {
    const at = now;
    world.put(at, () => ({ type: "ticked", at }));
    for (let input = world.next(now); input !== undefined; input = world.next(now)) {
      const reduced = reduce(state, input);
      state = reduced.state;
      const ended = reduced.effects.map(endOf).find((one) => one !== undefined);
      if (ended !== undefined) return { ...ended, at: state.now, changes: world.changes() };
      for (const effect of reduced.effects) world.perform(effect, state.now);
    }
  }
}

function endOf(effect: Effect): Pick<Rollout, "end" | "detail"> | undefined {
  if (effect.type !== "announce") return undefined;
  const { happening } = effect;
  switch (happening.type) {
    case "stage.failed":
      return { end: "failed", detail: happening.detail };
    case "stage.held":
      return { end: "held", detail: happening.detail };
    case "rollout.ended":
      return { end: "passed", detail: happening.summary };
    default:
      return undefined;
  }
}
