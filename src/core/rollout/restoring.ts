import { hostsIn } from "../fleet.ts";
import type { Answer } from "../host.ts";
import { ask } from "./change.ts";
import { close } from "./closing.ts";
import { revert } from "./failing.ts";
import { check } from "./look.ts";
import { goesBack, isInHand, nameOf, type Progress } from "./progress.ts";
import { and, announce, type Ending, each, hostsOf, type Phase, type Reduced, type State, set, stay } from "./state.ts";
import { causes, count } from "./text.ts";

/** Turns the whole rollout back. The direction is written first, so that a killed rollback goes on rolling back. */
export function restore(state: State, ending: Ending, bad: boolean): Reduced {
  const back = hostsOf(state).filter((host) => goesBack(host) && host.at !== "restored" && host.at !== "stuck");
  const hosts = back.map(nameOf);
  const started = announce({ type: "rollback.started", hosts, reason: ending.reason, width: widthOf(state) });
  const now: State = { ...state, phase: { name: "restoring", ending, bad, trials: new Map() } };
  const resting = back.filter((host) => !isInHand(host) || host.at === "checking");
  return and({ state: now, effects: [started] }, (then) => each(then, resting, direct));
}

function direct(state: State, host: Progress): Reduced {
  if (!host.fenced) return stay(set(state, nameOf(host), { at: "unknown" }));
  return ask(state, host, "directing");
}

/** The rollout turned back while an order was under way: whatever it did, the host goes back next. */
export function turned(state: State, host: Progress, answer: Answer): Reduced {
  const refused = answer.type === "refused" || answer.type === "failed";
  const now = { ...host, touched: host.touched || (host.at === "arming" && !refused) };
  if (!goesBack(now)) return stay(set(state, nameOf(host), { at: "placed" }));
  return state.phase.name === "restoring"
    ? direct(state, now)
    : stay(set(state, nameOf(host), { ...now, at: "directed" }));
}

function widthOf(state: State): number {
  return Math.max(1, hostsIn(state.given.component.rollback.maxUnavailable, state.hosts.size));
}

/**
 * Newest changed first, as many at once as `rollback.max_unavailable` leaves. Each host's direction was asked to be
 * written before the first goes; one that does not answer keeps nobody waiting.
 */
export function pumpRestoring(state: State, { ending }: Extract<Phase, { readonly name: "restoring" }>): Reduced {
  const hosts = hostsOf(state).filter(goesBack);
  if (hosts.some((host) => host.at === "directing" && host.tries === 0)) return stay(state);
  const ready = hosts.filter((host) => host.at === "directed").reverse();
  const newest = ready.sort((a, b) => b.turn - a.turn);
  const started = each(state, newest, (now, host) => (mayRevert(now, host) ? revert(now, host) : stay(now)));
  const open = hostsOf(started.state).some(
    (host) => isInHand(host) || host.at === "directing" || host.at === "directed",
  );
  return open ? started : and(started, (now) => close(now, endingOf(now, ending)));
}

/** A host that is down or failed already costs none. */
function mayRevert(state: State, host: Progress): boolean {
  const hands = hostsOf(state).filter((each) => isInHand(each) && !each.down && !each.bad);
  return host.down || host.bad || hands.length < widthOf(state);
}

/** The host says that it is on its good release; that it answers there is looked at before it is believed. */
export function backOn(state: State, host: Progress): Reduced {
  const { back } = host.plan;
  if (back === "" || state.given.component.healthy === undefined)
    return verified(state, host, { healthy: true, detail: "" });
  return check(state, { ...host, tries: 0 }, "verifying");
}

export function verified(
  state: State,
  host: Progress,
  { healthy, detail }: { readonly healthy: boolean; readonly detail: string },
): Reduced {
  const name = nameOf(host);
  const on = { host: name, release: host.plan.back };
  if (healthy) {
    const happening = { type: "host.reverted", ...on } as const;
    return {
      state: set(state, name, { at: "restored", down: false, since: state.now }),
      effects: [announce(happening)],
    };
  }
  const happening = { type: "host.failed", ...on, operation: "verify", cause: "unhealthy", detail, log: "" } as const;
  const said = `back on ${host.plan.back}, and not healthy there: ${detail}`;
  return { state: set(state, name, { at: "stuck", bad: true, detail: said }), effects: [announce(happening)] };
}

/** Every error was collected: one host that is not back makes it *stuck*. */
function endingOf(state: State, ending: Ending): Ending {
  const rollback = state.given.plan.direction === "rollback";
  const left = hostsOf(state).filter((host) => {
    return (host.at === "stuck" || host.at === "unknown") && (goesBack(host) || rollback);
  });
  if (left.length === 0) return { ...ending, summary: `${ending.summary} ${backText(state)}` };
  return {
    outcome: "stuck",
    reason: "rollback-incomplete",
    summary: `${ending.summary} ${count(left.length, "host")} could not be put back: ${causes(left)}.`,
    hint: `When ${left.length === 1 ? "it answers" : "they answer"} again: ship rollback -c ${state.given.component.name}`,
  };
}

function backText(state: State): string {
  const back = hostsOf(state).filter((host) => host.at === "restored").length;
  if (back === 0) return "No host had to be put back.";
  return back === 1
    ? "The one touched host is back on what was proven on it."
    : `The ${back} touched hosts are back on what was proven on them.`;
}
