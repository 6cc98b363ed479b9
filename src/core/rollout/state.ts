import type { Component } from "../component.ts";
import type { Delivery } from "../delivery.ts";
import type { Outcome } from "../error.ts";
import type { EndReason, Happening } from "../event.ts";
import type { Answer, Env, Order } from "../host.ts";
import type { Judgement, Trial } from "../judge.ts";
import type { Parcel } from "../origin.ts";
import type { Plan, StagePlan } from "../plan.ts";
import type { Release } from "../release.ts";
import type { Steered } from "../steered.ts";
import { type Evidence, emptyEvidence } from "../window.ts";
import { asLeft } from "./as-left.ts";
import type { Asking } from "./asked.ts";
import type { Watched } from "./bake-readings.ts";
import { type Beating, unbeaten } from "./beats.ts";
import { besideOf } from "./beside.ts";
import { type Bytes, noBytes } from "./bytes.ts";
import type { Effect } from "./exchange.ts";
import { nameOf, type Progress, progressOf } from "./progress.ts";
import type { Pause } from "./quiet.ts";
import { changedIn, type Roster, rosterOf } from "./roster.ts";

/** What is done once a rollout is over, and how it is told. */
export type Ending = {
  readonly outcome: Outcome;
  readonly reason: EndReason;
  readonly summary: string;
  readonly hint: string | undefined;
};

/** A stage and its index in the plan. */
export type Turn = { readonly index: number; readonly stage: StagePlan };

/** The phase that the whole rollout is in, with what only that phase needs. */
export type Phase =
  | { readonly name: "beginning" }
  /** `rivals`: hosts that another run has, with what they said; `locks`: those closed by hand; `round`: how often all were asked. */
  | {
      readonly name: "fencing";
      readonly pending: ReadonlySet<string>;
      readonly rivals: ReadonlyMap<string, Refused>;
      readonly round: number;
      readonly locks: ReadonlyMap<string, Refused>;
    }
  /** The stage's hosts are being changed. */
  | ({ readonly name: "changing" } & Turn & Asking)
  /**
   * All hosts of the stage are done; it is watched until `until` (ms). Weak evidence puts that off up to `longest` (ms), and
   * contested evidence by `stretched` readings beyond.
   */
  | ({
      readonly name: "baking";
      readonly until: number;
      readonly longest: number;
      readonly stretched: number;
    } & Turn &
      Watched)
  /** The stage passed; that is being written to its hosts. */
  | ({ readonly name: "proving" } & Turn)
  /** `once` steps that come last. */
  | { readonly name: "finishing" }
  /** Every changed host goes back; `ending` is what it will have been when all are. `trials`: of hosts that are back. */
  | {
      readonly name: "restoring";
      readonly ending: Ending;
      readonly bad: boolean;
      readonly trials: ReadonlyMap<string, Trial>;
    }
  /**
   * No host is started any more; what is in hand is finished or let go by `deadline` (ms), then `ending`. `back`: the
   * rollout was on its way back, and what is still on its way forward goes no further.
   */
  | {
      readonly name: "stopping";
      readonly ending: Ending;
      readonly deadline: number | undefined;
      readonly back: boolean;
    }
  /** Old releases are removed and pages left on the hosts; by `deadline` (ms) at the latest it is over. */
  | {
      readonly name: "closing";
      readonly ending: Ending;
      readonly pending: ReadonlySet<string>;
      readonly deadline: number;
    }
  | { readonly name: "ended"; readonly ending: Ending };

export type Refused = Extract<Answer, { readonly type: "refused" }>;

export type Options = {
  readonly rollout: string;
  /** The fence to begin with: highest generation seen, plus one. */
  readonly generation: number;
  /** Random id of this run: the fence's second half. */
  readonly run: string;
  /** What was asked for: a rollback that was asked for is *done* when all are back, an abort is *rolled back*. */
  readonly asked: "release" | "rollback" | "abort";
  /** Its options in one line, told to the witnesses, so that a later run may go on as this one; left out: not known. */
  readonly typed?: string;
  /** What was said to runners of this rollout before; left out for nothing. */
  readonly steered?: Steered;
  readonly holder: string;
  readonly by: string;
  readonly why: string | undefined;
  readonly onFailure: "rollback" | "hold";
  /** ms from the start after which it is held; undefined for never. */
  readonly timeout: number | undefined;
  /** How long a stage waits for its approval, ms; left out: not at all, the rollout is held there. */
  readonly approvalWait?: number;
  /** Bakes are left out: stages pass on health alone. */
  readonly now: boolean;
  /** How many hosts may get their bytes at once, before the bandwidth makes them fewer; left out: all. */
  readonly lanes?: number;
  /** Bytes a second that the config allows all uploads together; left out for as many as the line takes. */
  readonly bandwidth?: number;
};

/** What a rollout is about, and does not change while it runs. */
export type Given = Parcel & {
  readonly plan: Plan;
  readonly component: Component;
  readonly release: Release;
  readonly env: Env;
  /** How the bytes are to come to the hosts, for what is told of the plan. */
  readonly delivery?: Delivery | undefined;
  /** The fleet's hosts, to be kept on each of them; left out where they are not all known. */
  readonly fleetList?: string;
  /** The jump host that the way to a host leads through; left out where none does, or it is not known. */
  readonly behind?: ReadonlyMap<string, string>;
  readonly options: Options;
};

export type State = {
  readonly given: Given;
  readonly phase: Phase;
  readonly hosts: Roster;
  /** Hosts of the component that are not of this rollout: held by its fence, and never changed. */
  readonly beside: Roster;
  /** ms since the epoch, as of the last input. */
  readonly now: number;
  readonly startedAt: number;
  /** Changes so far, for "newest first". */
  readonly turn: number;
  /** ms: when the last host was begun; undefined before the first. */
  readonly hostStartedAt: number | undefined;
  /** `once` steps that ran, by index. */
  readonly stepped: ReadonlySet<number>;
  /** A step ran that cannot be undone: the automatic answer to a failure is hold. */
  readonly irreversible: boolean;
  readonly evidence: Evidence;
  /** ms: since when all is measured anew, as the service was changed beside the rollout; undefined where it was not. */
  readonly evidenceFrom: number | undefined;
  readonly trials: ReadonlyMap<string, Trial>;
  readonly judgements: ReadonlyMap<string, Judgement>;
  /** ms: when each assertion was judged last. */
  readonly judgedAt: ReadonlyMap<string, number>;
  /** ms: when the next measurement is due. */
  readonly measureAt: number;
  /** One is under way. */
  readonly measuring: boolean;
  /** ms: when the last one was begun. */
  readonly measuredAt: number;
  /** ms: when the last one was due, which is earlier where the one before it was long under way. */
  readonly lookDueAt: number;
  /** Too many hosts are silent at once, so that no new one is started; undefined when they are not. */
  readonly pause: Pause | undefined;
  /** The fence that this run holds hosts by; it grows when two runs began at once. */
  readonly generation: number;
  readonly beating: Beating;
  readonly bytes: Bytes;
  readonly steered: Steered;
};

export type Reduced = { readonly state: State; readonly effects: readonly Effect[] };

export function initial(given: Given, startedAt: number): State {
  const { plan, component } = given;
  const back = plan.direction === "rollback";
  const hosts = plan.stages
    .flatMap((stage, index) => stage.hosts.map((host) => progressOf(host, index, back)))
    .map((host) => asLeft(host, component, startedAt));
  const begun = !back && hosts.some((host) => host.plan.from === given.release.name);
  const ran = component.once.flatMap((step, index) => (begun && step.when === "before" ? [index] : []));
  return {
    given,
    phase: { name: "beginning" },
    hosts: rosterOf(hosts),
    beside: besideOf(plan),
    now: startedAt,
    startedAt,
    turn: 0,
    hostStartedAt: undefined,
    stepped: new Set(ran),
    irreversible: ran.some((index) => component.once[index]?.reversible === false),
    evidence: emptyEvidence,
    evidenceFrom: undefined,
    trials: new Map(),
    judgements: new Map(),
    judgedAt: new Map(),
    measureAt: startedAt,
    measuring: false,
    measuredAt: 0,
    lookDueAt: 0,
    pause: undefined,
    generation: given.options.generation,
    bytes: noBytes,
    beating: unbeaten(startedAt),
    steered: given.options.steered ?? { taken: 0, paused: undefined, approved: [], paces: [] },
  };
}

/** The state with something new about one host; what else is known of it stays. */
export function set(state: State, name: string, change: Partial<Progress>): State {
  return { ...state, hosts: changedIn(state.hosts, name, change), beside: changedIn(state.beside, name, change) };
}

export function stay(state: State): Reduced {
  return { state, effects: [] };
}

/** Sends an order to a host, after so many ms. */
export function order(state: State, host: Progress, order: Order, after = 0): Reduced {
  return { state, effects: [{ type: "order", host: nameOf(host), attempt: host.attempt, order, after }] };
}

export function announce(happening: Happening): Effect {
  return { type: "announce", happening };
}

/** One after the other: the second sees the first one's state, and both effects stand in order. */
export function and(first: Reduced, then: (state: State) => Reduced): Reduced {
  const second = then(first.state);
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** The same for each of many. */
export function each<T>(state: State, items: readonly T[], then: (state: State, item: T) => Reduced): Reduced {
  const effects: Effect[] = [];
  let now = state;
  for (const item of items) {
    const next = then(now, item);
    now = next.state;
    effects.push(...next.effects);
  }
  return { state: now, effects };
}
