import type { HostRecord, Signs } from "../core/host.ts";
import type { Seen } from "../core/plan.ts";
import { lifeSign, type Runner, runnersOf, witnesses } from "../core/runner.ts";
import { readBeat } from "../core/sign.ts";
import { glanceAtFleet, observeFleet } from "./observe.ts";
import { hostOf, type Targets, treeOn, type World } from "./world.ts";

/** The fleet as it may be planned for, or who runs a rollout there. */
export type Attended =
  | { readonly type: "free"; readonly seen: ReadonlyMap<string, Seen> }
  /** `doing`: what its last beat said; empty where none was seen. */
  | { readonly type: "held"; readonly runner: Runner; readonly doing: string };

/** Does the process behind a holder run on this machine? undefined: it is another machine, which cannot be asked. */
export type LivesHere = (holder: string) => boolean | undefined;

/** How long a runner's signs of life are watched, and how often, ms: three beats of it fit in. */
const watchMs = 10_000;
const everyMs = 1_000;

/**
 * Looks at the fleet before a rollout, and makes sure that nobody else is at one. A runner on this machine is asked for by its
 * process; any other is watched, and only what it does on the hosts counts: no clocks are compared.
 */
export async function attend(world: World, targets: Targets, livesHere: LivesHere): Promise<Attended> {
  const still = new Set<string>();
  for (;;) {
    const seen = await glanceAtFleet(world, targets);
    const runners = runnersOf(seen).filter(({ run, holder }) => !still.has(run) && livesHere(holder) !== false);
    const [first] = runners;
    if (first === undefined) return { type: "free", seen: isSettled(seen) ? seen : await observeFleet(world, targets) };
    const living = runners.find(({ holder }) => livesHere(holder));
    if (living !== undefined) return { type: "held", runner: living, doing: doingOf(seen, living) };
    const moving = await anyMoving(world, targets, { seen, runners });
    if (moving !== undefined) return { type: "held", ...moving };
    for (const { run } of runners) still.add(run);
  }
}

/** A host that is putting itself back is waited for, so that it can be planned for. */
function isSettled(seen: ReadonlyMap<string, Seen>): boolean {
  return [...seen.values()].every((one) => one.type !== "observed" || one.observation.record.phase !== "reverting");
}

function doingOf(seen: ReadonlyMap<string, Seen>, { hosts }: Runner): string {
  const signs = hosts.flatMap((host) => {
    const one = seen.get(host);
    return one?.type === "observed" ? one.observation.signs : [];
  });
  return newestDoing(signs);
}

function newestDoing(signs: readonly Signs[]): string {
  const beats = signs.flatMap(({ beat }) => readBeat(beat) ?? []);
  return beats.sort((a, b) => a.count - b.count).at(-1)?.doing ?? "";
}

type Watched = { readonly seen: ReadonlyMap<string, Seen>; readonly runners: readonly Runner[] };
type Moving = { readonly runner: Runner; readonly doing: string };

/** The first runner that gives a sign of life, with what it said then, or undefined when none did in time. */
async function anyMoving(world: World, targets: Targets, { seen, runners }: Watched): Promise<Moving | undefined> {
  const { component } = targets;
  for (const { rollout, holder } of runners)
    world.tell({ type: "holder.watched", component: component.name, unfinished: rollout, holder, within: watchMs });
  const until = world.clock.now() + watchMs;
  let moving: Moving | undefined;
  const watches = runners.flatMap((runner) =>
    runner.hosts.slice(0, witnesses).map(async (name) => {
      const before = seen.get(name);
      if (before?.type !== "observed") return;
      const moved = await nextSign(world, targets, { name, before: before.observation, over: isOver });
      if (moved !== undefined) moving ??= { runner, doing: newestDoing([before.observation.signs, moved]) };
    }),
  );
  function isOver(): boolean {
    return moving !== undefined || world.clock.now() >= until;
  }
  await Promise.all(watches);
  if (moving !== undefined) return moving;
  for (const { rollout, holder } of runners)
    world.tell({ type: "holder.superseded", component: component.name, unfinished: rollout, holder, still: watchMs });
  return undefined;
}

type Known = { readonly record: HostRecord; readonly signs: Signs };
type Watch = { readonly name: string; readonly before: Known; readonly over: () => boolean };

/** Looks again and again until something moves that only a runner moves; a host that gives no answer says nothing. */
async function nextSign(world: World, targets: Targets, { name, before, over }: Watch): Promise<Signs | undefined> {
  const host = hostOf(targets, name);
  const place = treeOn(targets.component, host);
  while (!over()) {
    await world.clock.sleep(everyMs);
    const answer = await world.hosts.perform(host, place, { type: "observe" });
    if (answer.type !== "observed") continue;
    const { record, signs } = answer.observation;
    if (record.open === "" || record.holder === "") return undefined;
    if (lifeSign(record, signs) !== lifeSign(before.record, before.signs)) return signs;
  }
  return undefined;
}
