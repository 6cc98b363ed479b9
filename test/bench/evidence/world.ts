import type { Effect, Input } from "../../../src/core/rollout/exchange.ts";
import type { Given } from "../../../src/core/rollout/state.ts";
import { step } from "../../../src/core/step.ts";
import { names, proven } from "./given.ts";
import { samplesOf } from "./samples.ts";
import type { Traffic } from "./traffic.ts";

/** When a host (by its number) was restarted with the change, and when it was confirmed; ms on the rollout's clock. */
export type Change = { readonly host: number; readonly restarted: number; readonly since: number };

/** A world without promises: what is wanted of it is answered later, on a clock that only counts (ms). */
export type World = {
  readonly put: (at: number, answer: () => Input) => void;
  /** The first answer that is due; undefined when there is none. */
  readonly next: (now: number) => Input | undefined;
  readonly perform: (effect: Effect, now: number) => void;
  readonly changes: () => readonly Change[];
};

/** How long orders take, ms; what is not named takes as long as a round trip. */
const takes: Readonly<Record<string, number>> = { place: 1000, activate: 2000 };
const roundTrip = 50;

/** A service that is started answers so soon, and is then well for as long as its health check asks. */
const answersAfter = 1000;

export function worldOf(given: Given, traffic: Traffic): World {
  const queue: { readonly at: number; readonly answer: () => Input }[] = [];
  const changes: Change[] = [];
  const ordered = orders(given, traffic, changes);
  const put: World["put"] = (at, answer) => {
    queue.splice(queue.findLastIndex((one) => one.at <= at) + 1, 0, { at, answer });
  };
  const wellFor = answersAfter + (given.component.healthy?.for ?? 0);
  return {
    put,
    next: (now) => (queue[0] !== undefined && queue[0].at <= now ? queue.shift()?.answer() : undefined),
    changes: () => changes,
    perform: (effect, now) => {
      const [after, answer] = answerTo(effect, { traffic, ordered, wellFor });
      if (answer !== undefined) put(now + after, () => answer(now + after));
    },
  };
}

type Order = Extract<Effect, { readonly type: "order" }>;
type Answering = (at: number) => Input;
type Parts = {
  readonly traffic: Traffic;
  readonly ordered: (effect: Order, at: number) => Input;
  readonly wellFor: number;
};

/** After how many ms an effect is answered, and with what. */
function answerTo(effect: Effect, { traffic, ordered, wellFor }: Parts): readonly [number, Answering | undefined] {
  switch (effect.type) {
    case "announce":
    case "beat":
    case "pass-on":
    case "throttle":
      return [0, undefined];
    case "order":
      return [effect.after + (takes[effect.order.type] ?? roundTrip), (at) => ordered(effect, at)];
    case "check": {
      const { host, attempt } = effect;
      const found = { healthy: true, detail: "answered 200", silent: false, process: undefined };
      return [effect.after + wellFor, (at) => ({ type: "checked", at, host, attempt, ...found })];
    }
    case "measure":
      return [roundTrip, (at) => ({ type: "measured", at, samples: effect.hosts.flatMap(readAt(traffic, at)) })];
    case "identify":
      throw new Error("no proof of this service asks for its process");
  }
}

function readAt(traffic: Traffic, at: number) {
  return (host: string) => samplesOf(host, traffic.read(names.indexOf(host), at), at);
}

/** Orders, done as `step` says; the traffic hears of those that it changes with. */
function orders({ options }: Given, traffic: Traffic, changes: Change[]): Parts["ordered"] {
  const hosts = new Map(names.map((name) => [name, proven()]));
  const restarts = new Map<number, number>();
  let sequence = 0;
  return (effect, at) => {
    const { host, order, attempt } = effect;
    sequence += 1;
    const claim = { generation: options.generation, run: options.run, sequence };
    const stepped = step(hosts.get(host) ?? proven(), { ...order, claim });
    if (stepped.answer.type === "refused") throw new Error(`${host} refused ${order.type}: ${stepped.answer.cause}`);
    hosts.set(host, stepped.state);
    const number = names.indexOf(host);
    if (order.type === "activate") {
      traffic.restart(number, at);
      restarts.set(number, at);
    }
    if (order.type === "confirm") {
      traffic.confirm(number, at);
      changes.push({ host: number, restarted: restarts.get(number) ?? at, since: at });
    }
    return { type: "answered", at, host, order: order.type, attempt, answer: stepped.answer };
  };
}
