import type { World } from "../../src/engine/world.ts";

/**
 * Where a run dies: at its await of this number (from 1), before what it waits for has any effect, or after that and
 * before the run hears of it.
 */
export type KillPoint = { readonly number: number; readonly when: "before" | "after" };

export type Mortal = {
  readonly world: World;
  /** Ends the run: nothing that it started is answered any more, and nothing new leaves it. What was sent arrives. */
  readonly die: () => void;
  /** Settles when it died. */
  readonly dead: Promise<undefined>;
  /** Awaits so far. */
  readonly awaits: () => number;
};

/** Told at each point where the run could die, as it is then. */
export type Passing = (point: KillPoint) => void;

/**
 * A world whose run can die at any of its awaits. All that an engine waits for comes from its world, and what it tells is
 * written there: an answer that lies in its inbox, not yet taken, is the same as one that has not come.
 */
export function mortal(world: World, at: KillPoint | undefined, passing: Passing = () => undefined): Mortal {
  let alive = true;
  let awaits = 0;
  let die = () => {};
  const dead = new Promise<undefined>((resolve) => {
    die = () => {
      alive = false;
      resolve(undefined);
    };
  });
  const next = () => {
    if (alive) awaits += 1;
    return awaits;
  };
  const reaches = (number: number, when: KillPoint["when"]) => {
    if (!alive) return;
    passing({ number, when });
    if (at?.number === number && at.when === when) die();
  };
  const numbered = async <T>(work: () => Promise<T>): Promise<T> => {
    const number = next();
    reaches(number, "before");
    if (!alive) return never();
    const result = await work();
    reaches(number, "after");
    return alive ? result : never();
  };
  return {
    world: {
      hosts: { perform: (host, place, operation) => numbered(() => world.hosts.perform(host, place, operation)) },
      clock: { now: world.clock.now, sleep: (ms) => numbered(() => world.clock.sleep(ms)) },
      tell: (happening) => {
        const number = next();
        reaches(number, "before");
        if (alive) world.tell(happening);
        reaches(number, "after");
      },
      onSignal: world.onSignal,
    },
    die,
    dead,
    awaits: () => awaits,
  };
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}
