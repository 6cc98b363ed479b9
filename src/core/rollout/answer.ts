import type { Happening } from "../event.ts";
import type { Answer, Order } from "../host.ts";
import { follow, leaseOf, type Ordered, order, orderFor } from "./change.ts";
import { closed } from "./closing.ts";
import { fail } from "./fail.ts";
import { fence, fenced } from "./fencing.ts";
import { goesBack, putBack, revertOrder } from "./restoring.ts";
import { and, announce, type Input, type Progress, type Reduced, type State, type Step, set, stay } from "./state.ts";
import { isSuperseded, lockedOut } from "./stopping.ts";

type Answered = Extract<Input, { readonly type: "answered" }>;

/** The step that waits for each order. */
const waits: Readonly<Record<Exclude<Order["type"], "fence" | "prune" | "close">, Step>> = {
  place: "placing",
  once: "stepping",
  arm: "arming",
  drain: "draining",
  switch: "switching",
  activate: "activating",
  undrain: "undraining",
  confirm: "confirming",
  prove: "proving",
  direct: "directing",
  revert: "reverting",
};

/** How often an order is asked again when its answer was lost, before the host counts as unknown; about half a minute. */
const patience = 6;

export function answered(state: State, input: Answered): Reduced {
  const host = state.hosts.get(input.host);
  if (host === undefined) return stay(state);
  const { order: type, answer } = input;
  if (type === "prune" || type === "close") return closed(state, host, type, answer);
  if (type === "fence")
    return unanswered(answer) && host.tries < 3 ? againFence(state, host) : fenced(state, host, answer);
  if (host.at !== waits[type] || host.attempt !== input.attempt) return stay(state);
  if (answer.type === "running") return again(state, host, 0);
  if (answer.type === "refused" && isSuperseded(state, answer)) return lockedOut(state, input.host, answer);
  if (state.phase.name === "restoring" && type !== "direct" && type !== "revert") return turned(state, host);
  if (unanswered(answer)) return unclear(state, host, type, answer);
  if (answer.type === "refused" && (answer.cause === "busy" || answer.cause === "stale"))
    return retry(state, host, type, answer.detail);
  if (answer.type === "done") return succeeded(state, host);
  return failed(state, host, type, answer);
}

/** The engine's watch over a host's health has ended. */
export function checked(state: State, input: Extract<Input, { readonly type: "checked" }>): Reduced {
  const host = state.hosts.get(input.host);
  if (host === undefined || host.attempt !== input.attempt) return stay(state);
  if (host.at === "verifying") return verified(state, host, input);
  if (host.at !== "checking") return stay(state);
  if (!input.healthy)
    return putBack(state, host, { operation: "healthy", cause: "unhealthy", detail: input.detail, log: "" });
  const happening = {
    type: "host.healthy",
    host: input.host,
    release: state.given.release.name,
    detail: input.detail,
  } as const;
  return and({ state, effects: [announce(happening)] }, (now) => follow(now, host));
}

function verified(state: State, host: Progress, { healthy, detail }: { healthy: boolean; detail: string }): Reduced {
  const name = host.plan.host;
  if (!healthy) {
    const happening = {
      type: "host.failed",
      host: name,
      release: host.plan.back,
      operation: "verify",
      cause: "unhealthy",
      detail,
      log: "",
    } as const;
    return {
      state: set(state, name, {
        at: "stuck",
        bad: true,
        detail: `back on ${host.plan.back}, and not healthy: ${detail}`,
      }),
      effects: [announce(happening)],
    };
  }
  return {
    state: set(state, name, { at: "restored", down: false }),
    effects: [announce({ type: "host.reverted", host: name, release: host.plan.back })],
  };
}

function unanswered(answer: Answer): answer is Extract<Answer, { readonly type: "lost" | "unreachable" }> {
  return answer.type === "lost" || answer.type === "unreachable";
}

function againFence(state: State, host: Progress): Reduced {
  return fence(set(state, host.plan.host, { tries: host.tries + 1 }), host);
}

/** The rollout turned back while this order was under way: whatever it did, the host goes back next. */
function turned(state: State, host: Progress): Reduced {
  return stay(set(state, host.plan.host, { at: goesBack(host) ? "directed" : "failed", tries: 0 }));
}

/** Not known whether it happened: the same is asked again, with a higher sequence, which also shuts out the first copy. */
function unclear(
  state: State,
  host: Progress,
  type: Order["type"],
  answer: Extract<Answer, { readonly type: "lost" | "unreachable" }>,
): Reduced {
  return retry(state, host, type, answer.reason);
}

function retry(state: State, host: Progress, type: Order["type"], reason: string): Reduced {
  const name = host.plan.host;
  if (host.tries < patience)
    return again(set(state, name, { tries: host.tries + 1 }), host, Math.min(8_000, 500 * 2 ** host.tries));
  const detail = `no answer to ${type}: ${reason}${host.touched ? `; if unconfirmed, it puts itself back within ${leaseOf(state.given.component)} s` : ""}`;
  const lost = { type: "host.lost", host: name, release: state.given.release.name, operation: type, reason } as const;
  return { state: set(state, name, { at: "unknown", bad: true, detail }), effects: [announce(lost)] };
}

function again(state: State, host: Progress, after: number): Reduced {
  const name = host.plan.host;
  switch (host.at) {
    case "proving":
      return order(state, name, { type: "prove", target: state.given.release.name }, after);
    case "directing":
      return order(state, name, { type: "direct", direction: "rollback" }, after);
    case "reverting":
      return order(state, name, revertOrder(state, host), after);
    default:
      return order(state, name, orderFor(state, host, host.at as Ordered), after);
  }
}

/** What the world calls it when a step is done. */
function happeningOf(state: State, host: Progress): Happening | undefined {
  const on = { host: host.plan.host, release: state.given.release.name };
  switch (host.at) {
    case "placing":
      return { type: "host.placed", ...on, bytes: state.given.size };
    case "arming":
      return { type: "host.armed", ...on, lease: leaseOf(state.given.component) };
    case "draining":
      return { type: "host.drained", ...on };
    case "switching":
      return { type: "host.switched", ...on };
    case "activating":
      return { type: "host.activated", ...on };
    case "undraining":
      return { type: "host.undrained", ...on };
    case "confirming":
      return { type: "host.confirmed", ...on };
    case "proving":
      return { type: "host.proven", ...on };
    default:
      return undefined;
  }
}

function succeeded(state: State, host: Progress): Reduced {
  const name = host.plan.host;
  const happening = happeningOf(state, host);
  const said: Reduced = { state, effects: happening === undefined ? [] : [announce(happening)] };
  if (host.at === "proving") return { ...said, state: set(state, name, { at: "proven" }) };
  if (host.at === "directing") return stay(set(state, name, { at: "directed", tries: 0 }));
  if (host.at === "reverting") return backOn(state, host);
  return and(said, (now) => follow(now, host));
}

/** The host says that it is on its good release; that it answers there is looked at before it is believed. */
function backOn(state: State, host: Progress): Reduced {
  const { host: name, back } = host.plan;
  if (back === "" || state.given.component.healthy === undefined)
    return verified(state, host, { healthy: true, detail: "" });
  const effect = { type: "check", host: name, attempt: host.attempt, release: back, since: 0 } as const;
  return { state: set(state, name, { at: "verifying", tries: 0 }), effects: [effect] };
}

function failed(state: State, host: Progress, operation: Order["type"], answer: Answer): Reduced {
  const detail = "detail" in answer ? answer.detail : answer.type;
  const cause = answer.type === "refused" ? answer.cause : "failed";
  const log = answer.type === "failed" ? answer.log : "";
  const back = putBack(state, host, { operation, cause, detail, log });
  const { phase } = state;
  if (operation !== "once" || phase.name !== "changing") return back;
  return and(back, (now) => fail(now, phase.index, "step-failed", `${host.plan.host}: ${detail}`));
}
