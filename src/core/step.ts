import { wayBack } from "./drift.ts";
import { type Claim, type HostRecord, type HostState, type Order, type Phase, type Refusal, token } from "./host.ts";

export type Stepped = { readonly state: HostState; readonly answer: StepAnswer };
export type StepAnswer =
  | { readonly type: "done"; readonly record: HostRecord }
  | { readonly type: "running" }
  | { readonly type: "refused"; readonly cause: Refusal };

/**
 * What each order does, without a host: the specification that the shell programs are held to by a differential
 * property test. `closed` is the sign of a lock by hand, as it lies there. Jobs (drain, activate, undrain, once, revert) are started by their order; `settle` ends a revert.
 */
export function step(state: HostState, order: Order & { readonly claim: Claim }, closed = ""): Stepped {
  const { record } = state;
  if (order.type === "fence") return fence(state, order, closed);
  if (order.claim.generation !== record.generation || order.claim.run !== record.run) return refuse(state, "stale");
  if (order.claim.sequence <= record.sequence) return refuse(state, "stale");
  return obey({ ...state, record: { ...record, sequence: order.claim.sequence } }, order);
}

/** An order of the run that holds the host, newer than any before. */
function obey(seen: HostState, order: Exclude<Order, { readonly type: "fence" }>): Stepped {
  switch (order.type) {
    case "place":
      return done({
        ...seen,
        releases: [...seen.releases.filter((name) => name !== order.release.name), order.release.name],
      });
    case "once":
      return seen.releases.includes(order.release) ? done(seen) : refuse(seen, "missing");
    case "arm":
      return arm(seen, order);
    case "drain":
      return inPhase(seen, order.attempt, ["armed"], (now) => now);
    case "switch":
      return inPhase(seen, order.attempt, ["armed", "switched"], switched);
    case "activate":
    case "undrain":
      return inPhase(seen, order.attempt, ["switched"], (now) => now);
    case "confirm":
      if (order.rollout !== seen.record.rollout) return refuse(seen, "attempt");
      return inPhase(seen, order.attempt, ["switched", "confirmed", "proven"], confirmed);
    case "prove":
      return prove(seen, order.target);
    case "direct":
      return direct(seen, order);
    case "revert":
      return revert(seen, order);
    case "close":
      return done(write(pruned(seen, order), order.over ? { open: "" } : { holder: "" }));
  }
}

/** The lease ran out: what is armed or switched goes back. Anything else is left alone. */
export function expire(state: HostState, attempt: number): HostState {
  const { record } = state;
  if (record.attempt !== attempt || (record.phase !== "armed" && record.phase !== "switched")) return state;
  return write(state, { phase: "reverting" });
}

/** The machine started again, and has no watchdog any more: what was out on its lease, or on its way back, goes back. */
export function boot(state: HostState): HostState {
  const { phase } = state.record;
  if (phase !== "armed" && phase !== "switched" && phase !== "reverting") return state;
  return write(state, { phase: "reverting" });
}

/** A revert's job has ended: the host is on `to`, or could not be brought there. */
export function settle(state: HostState, to: string, ok: boolean): HostState {
  if (state.record.phase !== "reverting") return state;
  if (!ok) return write({ ...state, link: to }, { phase: "revert-failed", current: to });
  return write({ ...state, link: to }, { phase: "reverted", current: to, good: to });
}

type OrderOf<T extends Order["type"]> = Extract<Order, { readonly type: T }>;

function fence(state: HostState, order: OrderOf<"fence"> & { readonly claim: Claim }, closed: string): Stepped {
  const { record } = state;
  const { generation, run, sequence } = order.claim;
  if (generation === record.generation && run === record.run) {
    return sequence > record.sequence ? done(write(state, { sequence })) : refuse(state, "stale");
  }
  if (generation <= record.generation) return refuse(state, "stale");
  if (order.expect !== token(record)) return refuse(state, "moved");
  if (order.heeds === "lock" && closed !== "") return refuse(state, "locked");
  return done(write(state, { generation, run, sequence, open: order.rollout, holder: order.holder }));
}

function arm(state: HostState, order: OrderOf<"arm">): Stepped {
  const { record, link, releases } = state;
  if (order.attempt === record.attempt && order.rollout === record.rollout && record.phase === "armed")
    return done(state);
  if (record.phase === "reverting") return refuse(state, "busy");
  if (order.attempt <= record.attempt) return refuse(state, "attempt");
  if (link !== order.from) return refuse(state, "drift");
  const good = wayBack(state, order);
  if (!releases.includes(order.target) || (good !== "" && !releases.includes(good))) return refuse(state, "missing");
  return done(
    write(state, {
      rollout: order.rollout,
      attempt: order.attempt,
      phase: "armed",
      direction: "forward",
      current: isLive(record, link) ? link : "",
      target: order.target,
      good,
    }),
  );
}

/** Did what the link names come up, as far as is known? Where a revert failed it did not, and going back has to start it. */
function isLive({ phase, current }: HostRecord, link: string): boolean {
  return phase !== "revert-failed" && (phase !== "armed" || current === link);
}

function inPhase(
  state: HostState,
  attempt: number,
  allowed: readonly Phase[],
  then: (state: HostState) => HostState,
): Stepped {
  if (attempt !== state.record.attempt) return refuse(state, "attempt");
  if (allowed.includes(state.record.phase)) return done(then(state));
  return refuse(state, isBack(state.record.phase) ? "reverted" : "phase");
}

function isBack(phase: Phase): boolean {
  return phase === "reverting" || phase === "reverted" || phase === "revert-failed";
}

function switched(state: HostState): HostState {
  const { target } = state.record;
  return write({ ...state, link: target }, { phase: "switched", current: target });
}

function confirmed(state: HostState): HostState {
  return state.record.phase === "switched" ? write(state, { phase: "confirmed" }) : state;
}

function prove(state: HostState, target: string): Stepped {
  const { record } = state;
  if (record.target !== target) return refuse(state, "attempt");
  if (record.phase === "proven") return done(state);
  if (record.phase !== "confirmed") return refuse(state, isBack(record.phase) ? "reverted" : "phase");
  return done(write({ ...state, proven: added(state.proven, target) }, { phase: "proven" }));
}

function direct(state: HostState, { direction, bad }: OrderOf<"direct">): Stepped {
  const marked = bad === "" ? state : { ...state, bad: added(state.bad, bad) };
  return done(write(marked, { direction }));
}

function revert(state: HostState, order: OrderOf<"revert">): Stepped {
  const { record, link } = state;
  if (order.attempt < record.attempt) return refuse(state, "attempt");
  if (record.phase === "reverting") return order.attempt === record.attempt ? running(state) : refuse(state, "busy");
  if (order.attempt === record.attempt && record.phase === "reverted") return done(state);
  if (order.to !== "" && !state.releases.includes(order.to)) return refuse(state, "missing");
  const resting = record.phase !== "armed" && record.phase !== "switched" && record.phase !== "revert-failed";
  // A link that was moved by hand says nothing of what runs.
  if (link === order.to && record.current === order.to && resting) {
    return done(write(state, { attempt: order.attempt, phase: "reverted", current: link, good: link }));
  }
  return running(write(state, { attempt: order.attempt, phase: "reverting" }));
}

function pruned(state: HostState, { keep }: OrderOf<"close">): HostState {
  return keep === undefined ? state : { ...state, releases: kept(state, keep) };
}

/** The newest `keep`, and whatever is live, on its way, or where a rollback would go. */
function kept(state: HostState, keep: number): readonly string[] {
  const { current, target, good } = state.record;
  const held = new Set([state.link, current, target, good]);
  const newest = new Set(state.releases.slice(Math.max(0, state.releases.length - keep)));
  return state.releases.filter((name) => held.has(name) || newest.has(name));
}

function added(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name];
}

function write(state: HostState, change: Partial<HostRecord>): HostState {
  return { ...state, record: { ...state.record, ...change } };
}

function done(state: HostState): Stepped {
  return { state, answer: { type: "done", record: state.record } };
}

function running(state: HostState): Stepped {
  return { state, answer: { type: "running" } };
}

/** A refused order changes nothing but the sequence, which every fresh order takes: a late copy of an earlier one stays out. */
function refuse(state: HostState, cause: Refusal): Stepped {
  return { state, answer: { type: "refused", cause } };
}
