import type { Component } from "../component.ts";
import type { Outcome } from "../error.ts";
import type { EndReason, Happening } from "../event.ts";
import type { Answer, Env, Order } from "../host.ts";
import type { Judgement, Trial } from "../judge.ts";
import type { HostPlan, Plan } from "../plan.ts";
import type { Release } from "../release.ts";
import type { Sample } from "../sample.ts";
import { type Evidence, emptyEvidence } from "../window.ts";

/** Where one host is in the rollout. A gerund waits for an answer; the rest are resting places. */
export type Step =
  | "waiting"
  | "placing"
  | "placed"
  | "stepping"
  | "arming"
  | "draining"
  | "switching"
  | "activating"
  | "checking"
  | "undraining"
  | "confirming"
  | "confirmed"
  | "proving"
  | "proven"
  | "directing"
  | "directed"
  | "reverting"
  | "verifying"
  | "restored"
  /** Could not be changed, and nothing live on it was touched. */
  | "failed"
  /** Is not where it should be. */
  | "stuck"
  /** Was not reached, or was lost: where it is, nobody knows. */
  | "unknown"
  /** Told to put itself back while ship leaves. */
  | "released";

export type Progress = {
  readonly plan: HostPlan;
  /** Index of its stage. */
  readonly stage: number;
  readonly at: Step;
  readonly attempt: number;
  /** Times that the present order was asked without an answer to rely on. */
  readonly tries: number;
  readonly fenced: boolean;
  /** Is what is live there touched by this rollout? From its arming on. */
  readonly touched: boolean;
  /** Counts against max_failed. */
  readonly bad: boolean;
  /** Out of service for another reason than this rollout: it costs the window no more when it changes. */
  readonly down: boolean;
  /** Counts up with each change, for "newest first". */
  readonly turn: number;
  /** ms: when its switch was ordered; the new process started later. */
  readonly switchedAt: number;
  /** ms: when it was confirmed on the release; its samples count after the warm-up from here. */
  readonly since: number | undefined;
  /** Why it is bad. */
  readonly detail: string | undefined;
};

/** What is done once a rollout is over, and how it is told. */
export type Ending = {
  readonly outcome: Outcome;
  readonly reason: EndReason;
  readonly summary: string;
  readonly hint: string | undefined;
};

/** The phase that the whole rollout is in, with what only that phase needs. */
export type Phase =
  | { readonly name: "fencing"; readonly pending: ReadonlySet<string> }
  /** Hosts of stage `index` are being changed. */
  | { readonly name: "changing"; readonly index: number }
  /** All hosts of the stage are done; it is watched until `until` (ms). */
  | { readonly name: "baking"; readonly index: number; readonly until: number }
  /** The stage passed; that is being written to its hosts. */
  | { readonly name: "proving"; readonly index: number }
  /** `once` steps that come last. */
  | { readonly name: "finishing"; readonly index: number }
  /** Every changed host goes back; `ending` is what it will have been when all are. */
  | { readonly name: "restoring"; readonly ending: Ending; readonly bad: boolean }
  /** No host is started any more; what is in hand is finished or let go by `deadline` (ms), then `ending`. */
  | { readonly name: "stopping"; readonly ending: Ending; readonly deadline: number | undefined }
  /** Old releases are removed and pages left on the hosts; by `deadline` (ms) at the latest it is over. */
  | {
      readonly name: "closing";
      readonly ending: Ending;
      readonly pending: ReadonlySet<string>;
      readonly deadline: number;
    }
  | { readonly name: "ended"; readonly ending: Ending };

export type Options = {
  readonly rollout: string;
  /** The fence: highest generation seen, plus one. */
  readonly generation: number;
  /** Random id of this run: the fence's second half. */
  readonly run: string;
  /** What was asked for: a rollback that was asked for is *done* when all are back. */
  readonly asked: "release" | "rollback";
  readonly holder: string;
  readonly by: string;
  readonly why: string | undefined;
  readonly onFailure: "rollback" | "hold";
  /** ms from the start after which it is held; undefined for never. */
  readonly timeout: number | undefined;
  /** Bakes are left out: stages pass on health alone. */
  readonly now: boolean;
};

/** What a rollout is about, and does not change while it runs. */
export type Given = {
  readonly plan: Plan;
  readonly component: Component;
  readonly release: Release;
  readonly archive: string;
  readonly sha256: string;
  readonly size: number;
  readonly env: Env;
  readonly options: Options;
};

export type State = {
  readonly given: Given;
  readonly phase: Phase;
  readonly hosts: ReadonlyMap<string, Progress>;
  /** ms since the epoch, as of the last input. */
  readonly now: number;
  readonly startedAt: number;
  /** Changes so far, for "newest first". */
  readonly turn: number;
  /** `once` steps that ran, by index. */
  readonly stepped: ReadonlySet<number>;
  /** A step ran that cannot be undone: the automatic answer to a failure is hold. */
  readonly irreversible: boolean;
  readonly evidence: Evidence;
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
};

/** What happened, for the reducer: answers name what they answer, and time is an input like any other. */
export type Input =
  | { readonly type: "began"; readonly at: number }
  | {
      readonly type: "answered";
      readonly at: number;
      readonly host: string;
      readonly order: Order["type"];
      readonly attempt: number;
      readonly answer: Answer;
    }
  | {
      readonly type: "checked";
      readonly at: number;
      readonly host: string;
      readonly attempt: number;
      readonly healthy: boolean;
      readonly detail: string;
    }
  | { readonly type: "measured"; readonly at: number; readonly samples: readonly Sample[] }
  | { readonly type: "ticked"; readonly at: number }
  | { readonly type: "interrupted"; readonly at: number; readonly signal: string };

/** What is wanted of the world. */
export type Effect =
  /** Send it, after so many ms. The engine adds the claim. */
  | {
      readonly type: "order";
      readonly host: string;
      readonly attempt: number;
      readonly order: Order;
      readonly after: number;
    }
  /** Watch the host's health until it has been well for long enough, or its time is over; answers `checked`. */
  | {
      readonly type: "check";
      readonly host: string;
      readonly attempt: number;
      readonly release: string;
      readonly since: number;
    }
  | { readonly type: "measure"; readonly hosts: readonly string[] }
  | { readonly type: "announce"; readonly happening: Happening };

export type Reduced = { readonly state: State; readonly effects: readonly Effect[] };

export function initial(given: Given, startedAt: number): State {
  const back = given.plan.direction === "rollback";
  const hosts = given.plan.stages.flatMap((stage, index) =>
    stage.hosts.map((host) => [host.host, progress(host, index, back)] as const),
  );
  const begun = [...hosts].some(([, host]) => host.plan.from === given.release.name);
  const steps = given.component.once.filter((step) => begun && step.when === "before");
  return {
    given,
    phase: { name: "fencing", pending: new Set() },
    hosts: new Map(hosts),
    now: startedAt,
    startedAt,
    turn: 0,
    stepped: new Set(steps.map((step) => given.component.once.indexOf(step))),
    irreversible: steps.some((step) => !step.reversible),
    evidence: emptyEvidence,
    trials: new Map(),
    judgements: new Map(),
    judgedAt: new Map(),
    measureAt: startedAt,
    measuring: false,
    measuredAt: 0,
  };
}

function progress(plan: HostPlan, stage: number, back: boolean): Progress {
  const on = plan.action === "bake" || plan.action === "none";
  return {
    plan,
    stage,
    at:
      plan.action === "absent"
        ? "unknown"
        : plan.action === "none"
          ? "proven"
          : plan.action === "bake"
            ? "confirmed"
            : "waiting",
    attempt: plan.attempt,
    tries: 0,
    fenced: false,
    touched: plan.ours || plan.action === "bake" || (back && plan.action === "change"),
    bad: plan.action === "absent",
    down: plan.action === "absent" || plan.healthy === false,
    turn: 0,
    switchedAt: 0,
    since: on && (plan.ours || plan.action === "bake") ? 0 : undefined,
    detail: plan.detail,
  };
}

/** Steps that wait for an answer while something live is or may be changed. */
const inHand: readonly Step[] = [
  "stepping",
  "arming",
  "draining",
  "switching",
  "activating",
  "checking",
  "undraining",
  "confirming",
  "reverting",
  "verifying",
];

export function isInHand(host: Progress): boolean {
  return inHand.includes(host.at);
}

/** Does it run the release of this rollout, as far as is known? */
export function isChanged(host: Progress): boolean {
  return host.at === "confirmed" || host.at === "proving" || (host.at === "proven" && host.touched);
}

export function hostsOfStage(state: State, index: number): readonly Progress[] {
  return [...state.hosts.values()].filter((host) => host.stage === index);
}

export function set(state: State, host: string, change: Partial<Progress>): State {
  const before = state.hosts.get(host);
  if (before === undefined) return state;
  return { ...state, hosts: new Map(state.hosts).set(host, { ...before, ...change }) };
}

export function stay(state: State): Reduced {
  return { state, effects: [] };
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
  return items.reduce<Reduced>((before, item) => and(before, (now) => then(now, item)), stay(state));
}
