import type { Answer, Order } from "../host.ts";
import { order } from "./change.ts";
import { endedOf, pageOf } from "./ending.ts";
import { announce, type Ending, each, type Phase, type Progress, type Reduced, type State, stay } from "./state.ts";

type Closing = Extract<Phase, { readonly name: "closing" }>;

/** What the last words to the hosts may take; they decide nothing. ms. */
const farewellMs = 10_000;
const hurriedMs = 1_200;

/** Everything is where it was to go. */
export function finish(state: State): Reduced {
  const { plan, component } = state.given;
  const behind = [...state.hosts.values()].filter((host) => host.bad).map((host) => host.plan.host);
  const reached = plan.stages.at(-1)?.name ?? "";
  const summary =
    behind.length === 0
      ? `${plan.version} is proven on every host of ${reached}.`
      : `${plan.version} is proven on all hosts of ${reached} but ${behind.length}, which max_failed excuses: ${behind.join(", ")}.`;
  const hint =
    behind.length === 0
      ? undefined
      : `When they are back, the same command brings them along: ship -c ${component.name} --version ${plan.version}`;
  return close(state, { outcome: "done", reason: "proven", summary, hint });
}

/** Removes old releases where all went well, and leaves a page on each host that answers. */
export function close(state: State, ending: Ending): Reduced {
  const hosts = [...state.hosts.values()].filter((host) => host.fenced && host.at !== "unknown");
  const pending = new Set(hosts.map((host) => host.plan.host));
  const deadline = state.now + (ending.outcome === "interrupted" ? hurriedMs : farewellMs);
  const now: State = { ...state, phase: { name: "closing", ending, pending, deadline } };
  return each(now, hosts, (then, host) => (ending.outcome === "done" ? prune(then, host) : leavePage(then, host)));
}

function prune(state: State, host: Progress): Reduced {
  return order(state, host.plan.host, { type: "prune", keep: state.given.component.keep });
}

function leavePage(state: State, host: Progress): Reduced {
  if (state.phase.name !== "closing") return stay(state);
  const { ending } = state.phase;
  const over = ending.outcome === "done" || ending.outcome === "rolled-back" || !anythingLeft(state);
  return order(state, host.plan.host, {
    type: "close",
    rollout: state.given.options.rollout,
    page: pageOf(state, ending),
    over,
  });
}

/** Is there anything of this rollout on the fleet that a next run would go on with? */
function anythingLeft(state: State): boolean {
  return [...state.hosts.values()].some((host) => host.touched && host.at !== "restored");
}

/** What cannot be pruned or paged is no reason to fail: the next run does it. */
export function closed(state: State, host: Progress, type: Order["type"], _answer: Answer): Reduced {
  if (state.phase.name !== "closing") return stay(state);
  if (type === "prune") return leavePage(state, host);
  const pending = new Set([...state.phase.pending].filter((each) => each !== host.plan.host));
  return stay({ ...state, phase: { ...state.phase, pending } });
}

export function pumpClosing(state: State, { ending, pending, deadline }: Closing): Reduced {
  if (pending.size > 0 && state.now < deadline) return stay(state);
  return { state: { ...state, phase: { name: "ended", ending } }, effects: [announce(endedOf(state, ending))] };
}
