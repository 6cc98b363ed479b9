import type { OnceStep } from "../component.ts";
import type { Phase } from "../host.ts";
import type { HostPlan } from "../plan.ts";
import type { Silence } from "./quiet.ts";

/** Where one host is in the rollout. A gerund waits for an answer; the rest are resting places. */
export type Step =
  | "waiting"
  | "placing"
  | "placed"
  | "stepping"
  | "arming"
  | "draining"
  | "identifying"
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
  /** Was it, or may it have been, on its way to another release? From the order to switch on. */
  readonly moved: boolean;
  /** Counts against max_failed. */
  readonly bad: boolean;
  /** Out of service for another reason than this rollout: it costs the window no more when it changes. */
  readonly down: boolean;
  /** Was in service until it was put back, and is not well on its good release. */
  readonly fell: boolean;
  /** Counts up with each change, for "newest first". */
  readonly turn: number;
  /** Release that runs there, as its last answer said; undefined when it may be either. */
  readonly runs: string | undefined;
  /** Identity of the service's process before the switch, where it was asked for: another one has to answer. */
  readonly before: string | undefined;
  /** Identity of the new release's process, once it answered: after a revert another one has to answer. */
  readonly answering: string | undefined;
  /** ms: when its lease is over at the latest, be it of this run or of one before; 0 for none. */
  readonly leasedUntil: number;
  /** Of its record, as its last answer said; `idle` until one has. */
  readonly phase: Phase;
  /** Undefined when its last answer came. */
  readonly silence: Silence | undefined;
  /** The `once` step that it runs or ran last. */
  readonly step: NumberedStep;
  /**
   * ms: when it was confirmed on the release, or was back; 0 when that was proven before this run. Its samples count after
   * the warm-up. One that a run before this confirmed may be in its warm-up still: it begins with this run.
   */
  readonly since: number;
  /** Why it is bad. */
  readonly detail: string | undefined;
};

/** A `once` step and its index, which names it on the host. */
export type NumberedStep = OnceStep & { readonly index: number };

const noStep: NumberedStep = { index: -1, run: "", when: "before", reversible: true };

/** How a host begins: `back` in a rollback, where every host that goes back was touched by what is undone. */
export function progressOf(plan: HostPlan, stage: number, back: boolean): Progress {
  const absent = plan.action === "absent";
  const touched = plan.ours || plan.action === "bake" || (back && plan.action === "change");
  return {
    plan,
    stage,
    at: begins[plan.action],
    attempt: plan.attempt,
    tries: 0,
    fenced: false,
    touched,
    moved: touched,
    bad: absent,
    down: absent || plan.healthy === false,
    fell: false,
    turn: 0,
    runs: absent ? undefined : plan.from,
    before: undefined,
    answering: undefined,
    leasedUntil: 0,
    phase: "idle",
    silence: undefined,
    step: noStep,
    since: 0,
    detail: plan.detail,
  };
}

const begins: Readonly<Record<HostPlan["action"], Step>> = {
  absent: "unknown",
  none: "proven",
  bake: "confirmed",
  change: "waiting",
};

/** Steps that wait for an answer while something live is or may be changed. */
const inHand: ReadonlySet<Step> = new Set([
  "stepping",
  "arming",
  "draining",
  "identifying",
  "switching",
  "activating",
  "checking",
  "undraining",
  "confirming",
  "reverting",
  "verifying",
]);

export function isInHand(host: Progress): boolean {
  return inHand.has(host.at);
}

/** Was its turn in its stage, however it ended? */
export function isSettled(host: Progress): boolean {
  return !isInHand(host) && !isUnchanged(host);
}

/** Has its turn not come yet? */
export function isUnchanged({ at }: Pick<Progress, "at">): boolean {
  return at === "waiting" || at === "placing" || at === "placed";
}

/** Is it held by this run, and its turn has not come yet? It shows how a host does without the change. */
export function isUntouched(host: Progress): boolean {
  return host.fenced && isUnchanged(host);
}

/** Is it out as far as it said, so that it puts itself back unless it is confirmed? */
export function isOnLease({ phase }: Progress): boolean {
  return phase === "armed" || phase === "switched";
}

export function isFenced({ fenced }: Progress): boolean {
  return fenced;
}

export function isBad({ bad }: Progress): boolean {
  return bad;
}

/** Does it wait for its bytes, are they on their way, or are they there? */
export function isWaiting({ at }: Progress): boolean {
  return at === "waiting";
}

export function isPlacing({ at }: Progress): boolean {
  return at === "placing";
}

export function isPlaced({ at }: Progress): boolean {
  return at === "placed";
}

/** Does it run the release of this rollout, as far as is known? */
export function isOnRelease(host: Progress): boolean {
  return host.at === "confirmed" || host.at === "proving" || host.at === "proven";
}

/** Was it brought to the release by this rollout? */
export function isChanged(host: Progress): boolean {
  return isOnRelease(host) && host.touched;
}

/** Is it out of service, or may it be, for whatever reason? */
export function isOut(host: Progress): boolean {
  return isInHand(host) || host.down || host.at === "unknown" || host.at === "stuck";
}

/** Is this host to be brought back: changed by this rollout, or left unproven by one that it took over from? */
export function goesBack(host: Progress): boolean {
  return host.touched || (host.plan.unproven && host.fenced);
}

export function nameOf(host: Progress): string {
  return host.plan.host;
}
