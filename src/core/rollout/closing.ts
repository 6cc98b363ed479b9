import { lastStage } from "../plan.ts";
import { allHosts, isBeside } from "./beside.ts";
import { endedOf, pageOf } from "./ending.ts";
import { hostsOf } from "./hosts.ts";
import { nameOf, type Progress } from "./progress.ts";
import { announce, type Ending, each, order, type Phase, type Reduced, type State, stay } from "./state.ts";
import { hurryMs } from "./stopping.ts";
import { badHosts, count, listed } from "./text.ts";

type Closing = Extract<Phase, { readonly name: "closing" }>;

/** What the last words to the hosts may take; they decide nothing. ms. */
const farewellMs = 10_000;

/** Everything is where it was to go. */
export function finish(state: State): Reduced {
  const { plan, component } = state.given;
  const behind = badHosts(state);
  const reached = lastStage(plan);
  if (behind.length === 0) {
    const summary = `${plan.version} is proven on every host of ${reached}.${observedText(state)}`;
    return close(state, { outcome: "done", reason: "proven", summary, hint: undefined });
  }
  const summary = `${plan.version} is proven on every host of ${reached} but ${count(behind.length, "host")}, as max_failed allows: ${listed(behind)}.${observedText(state)}`;
  const hint = `When that is mended, the same command brings the rest along: ship -c ${component.name} --version ${plan.version}`;
  return close(state, { outcome: "done", reason: "proven", summary, hint });
}

/** What was only looked at is not to be taken for proof. */
function observedText({ given: { component }, judgements }: State): string {
  const isObserved = component.assertions.length > 0 && component.assertions.every(({ observeOnly }) => observeOnly);
  if (component.gate === "enforce" && !isObserved) return "";
  const failing = [...judgements.values()]
    .filter(({ verdict }) => verdict === "fail")
    .map(({ assertion }) => assertion);
  const would = failing.length === 0 ? "" : `; ${failing.join(", ")} would have failed it`;
  return ` Its gate only observes: no assertion decided anything${would}.`;
}

/** Leaves a page on each host that answers and that is not going back by itself, and removes old releases where all went well. */
export function close(state: State, ending: Ending): Reduced {
  const hosts = allHosts(state).filter((host) => host.fenced && host.at !== "unknown" && host.at !== "released");
  const pending = new Set(hosts.map(nameOf));
  const deadline = state.now + (ending.outcome === "interrupted" ? hurryMs : farewellMs);
  const phase: Closing = { name: "closing", ending, pending, deadline };
  return each({ ...state, phase }, hosts, (now, host) => leavePage(now, host, ending));
}

function leavePage(state: State, host: Progress, ending: Ending): Reduced {
  const over = ending.outcome === "done" || ending.outcome === "rolled-back" || !isAnythingLeft(state);
  const page = pageOf(state, ending);
  const keeps = ending.outcome === "done" && !isBeside(host) ? { keep: state.given.component.keep } : {};
  return order(state, host, { type: "close", rollout: state.given.options.rollout, page, over, ...keeps });
}

/** Is there anything of this rollout on the fleet that a next run would go on with? */
function isAnythingLeft(state: State): boolean {
  return hostsOf(state).some((host) => host.touched && host.at !== "restored");
}

/** What cannot be paged or pruned is no reason to fail: the next run does it. */
export function closed(state: State, host: Progress): Reduced {
  const { phase } = state;
  if (phase.name !== "closing") return stay(state);
  const pending = new Set([...phase.pending].filter((name) => name !== nameOf(host)));
  return stay({ ...state, phase: { ...phase, pending } });
}

export function pumpClosing(state: State, { ending, pending, deadline }: Closing): Reduced {
  if (pending.size > 0 && state.now < deadline) return stay(state);
  return { state: { ...state, phase: { name: "ended", ending } }, effects: [announce(endedOf(state, ending))] };
}
