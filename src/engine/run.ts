import type { Happening } from "../core/event.ts";
import type { Answer } from "../core/host.ts";
import { isWanted } from "../core/rollout/answer.ts";
import type { Effect, Input } from "../core/rollout/exchange.ts";
import { reduce } from "../core/rollout/reduce.ts";
import { type Given, initial, type Reduced, type State } from "../core/rollout/state.ts";
import { readServices } from "../metrics/read-services.ts";
import { identify, watchUntilSettled } from "./watch.ts";
import { hostOf, serviceOn, type Targets, treeOn, type World } from "./world.ts";

/** How often time is told to the rollout, ms. */
const tickEvery = 250;

export type Ended = Extract<Happening, { readonly type: "rollout.ended" }>;

/**
 * Runs one rollout to its end: takes an input, has it reduced, tells what happened, does what is wanted, and queues the
 * answers. All deciding is in core; a rejection here is a bug of ours, and leaves the hosts to their leases.
 */
export async function run(world: World, targets: Targets, given: Given): Promise<Ended> {
  const inbox = openInbox();
  const forget = world.onSignal((signal) => inbox.put({ type: "interrupted", at: world.clock.now(), signal }));
  const state = initial(given, world.clock.now());
  const engine: Engine = { world, targets, given, inbox, sequence: 0, state };
  inbox.put({ type: "began", at: state.now });
  const ticking = tick(engine);
  try {
    for (;;) {
      const input = await inbox.take();
      const reduced = hear(engine.state, input);
      engine.state = reduced.state;
      const ended = reduced.effects.map((effect) => perform(engine, effect)).find((told) => told !== undefined);
      if (ended !== undefined) return ended;
    }
  } finally {
    inbox.close();
    forget();
    await ticking;
  }
}

/** Between two ticks hardly any time passes. When more did than a newcomer waits, this process stood still. ms. */
const stillMs = 10_000;

function hear(state: State, input: Input): Reduced {
  const woken: Reduced =
    input.at - state.now > stillMs ? reduce(state, { type: "woke", at: input.at }) : { state, effects: [] };
  const { state: now, effects } = reduce(woken.state, input);
  return { state: now, effects: [...woken.effects, ...effects] };
}

type Engine = {
  readonly world: World;
  readonly targets: Targets;
  readonly given: Given;
  readonly inbox: Inbox;
  sequence: number;
  state: State;
};

async function tick({ world, inbox }: Engine): Promise<void> {
  while (!inbox.closed()) {
    await world.clock.sleep(tickEvery);
    const sent = world.sent?.();
    inbox.put({ type: "ticked", at: world.clock.now(), ...(sent === undefined ? {} : { sent }) });
  }
}

/** Starts what is wanted; its answer comes by the inbox. Returns the end when that is what was told. */
function perform(engine: Engine, effect: Effect): Ended | undefined {
  if (effect.type === "announce") {
    engine.world.tell(effect.happening);
    return effect.happening.type === "rollout.ended" ? effect.happening : undefined;
  }
  if (effect.type === "throttle") {
    engine.world.throttle?.(effect.rate);
    return undefined;
  }
  answering(engine, effect).then(engine.inbox.put, engine.inbox.fail);
  return undefined;
}

async function answering(
  engine: Engine,
  effect: Exclude<Effect, { readonly type: "announce" | "throttle" }>,
): Promise<Input> {
  switch (effect.type) {
    case "order":
      return ordered(engine, effect);
    case "check":
      return watchUntilSettled(engine.world, engine.targets, effect, engine.inbox.closed);
    case "identify":
      return identify(engine.world, engine.targets, effect);
    case "measure":
      return measured(engine, effect);
    case "beat":
      return beaten(engine, effect);
    case "pass-on":
      return passedOn(engine, effect);
  }
}

async function ordered(engine: Engine, effect: Extract<Effect, { readonly type: "order" }>): Promise<Input> {
  const { world, targets, given } = engine;
  if (effect.after > 0) await world.clock.sleep(effect.after);
  if (!isWanted(engine.state, effect.order.type)) return answerTo(effect, world.clock.now(), unsent);
  const host = hostOf(targets, effect.host);
  engine.sequence += 1;
  const claim = { generation: engine.state.generation, run: given.options.run, sequence: engine.sequence };
  const answer = await world.hosts.perform(host, treeOn(targets.component, host), { ...effect.order, claim });
  return answerTo(effect, world.clock.now(), answer);
}

function answerTo({ host, order, attempt }: EffectOf<"order">, at: number, answer: Answer): Input {
  return { type: "answered", at, host, order: order.type, attempt, answer };
}

const unsent: Answer = {
  type: "unreachable",
  cause: "unreachable",
  reason: "the rollout turned back before it was sent",
};

async function beaten({ world, targets }: Engine, { host: name, count, beat }: EffectOf<"beat">): Promise<Input> {
  const host = hostOf(targets, name);
  const answer = await world.hosts.perform(host, treeOn(targets.component, host), beat);
  return { type: "beaten", at: world.clock.now(), host: name, count, answer };
}

async function passedOn(engine: Engine, { host: name, takes }: EffectOf<"pass-on">): Promise<Input> {
  const { world, targets, given } = engine;
  const host = hostOf(targets, name);
  const { sha256, size } = given;
  const place = treeOn(targets.component, host);
  const answer = await world.hosts.perform(host, place, { type: "pass-on", sha256, size, takes });
  return { type: "passing", at: world.clock.now(), host: name, answer };
}

type EffectOf<T extends Effect["type"]> = Extract<Effect, { readonly type: T }>;

type Measure = Extract<Effect, { readonly type: "measure" }>;

async function measured({ world, targets }: Engine, { hosts, from, every }: Measure): Promise<Input> {
  const { component } = targets;
  const samples = await readServices(component, {
    hosts: hosts.flatMap((name) => targets.hosts.get(name) ?? []),
    from,
    every,
    look: (host, look) => world.hosts.perform(host, serviceOn(component, host), look),
    now: world.clock.now,
  });
  return { type: "measured", at: world.clock.now(), samples };
}

type Inbox = {
  readonly put: (input: Input) => void;
  readonly fail: (error: unknown) => void;
  readonly take: () => Promise<Input>;
  readonly closed: () => boolean;
  readonly close: () => void;
};

function openInbox(): Inbox {
  const inputs: Input[] = [];
  let failure: { error: unknown } | undefined;
  let waiting: (() => void) | undefined;
  let closed = false;
  const wake = () => {
    waiting?.();
    waiting = undefined;
  };
  return {
    put: (input) => {
      inputs.push(input);
      wake();
    },
    fail: (error) => {
      failure ??= { error };
      wake();
    },
    take: async () => {
      for (;;) {
        if (failure !== undefined) throw failure.error;
        const next = inputs.shift();
        if (next !== undefined) return next;
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
    closed: () => closed,
    close: () => {
      closed = true;
    },
  };
}
