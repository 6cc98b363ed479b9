import { hostsIn } from "../fleet.ts";
import type { Answer } from "../host.ts";
import { ask } from "./change.ts";
import { close } from "./closing.ts";
import { revert } from "./failing.ts";
import { hostsOf } from "./hosts.ts";
import { check } from "./look.ts";
import { goesBack, isInHand, nameOf, type Progress } from "./progress.ts";
import { isRelapse, isTriedAgain, stopRelapse, wasServing } from "./relapse.ts";
import { and, announce, type Ending, each, type Phase, type Reduced, type State, set, stay } from "./state.ts";
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
export function pumpRestoring(state: State, phase: Extract<Phase, { readonly name: "restoring" }>): Reduced {
  const hosts = hostsOf(state).filter(goesBack);
  if (hosts.some((host) => host.at === "directing" && host.tries === 0)) return stay(state);
  const ready = hosts.filter((host) => host.at === "directed").reverse();
  const newest = ready.sort((a, b) => b.turn - a.turn);
  const width = widthOf(state);
  const started = each(state, newest, (now, host) => (mayRevert(now, host, width) ? revert(now, host) : stay(now)));
  const open = hostsOf(started.state).filter(
    (host) => isInHand(host) || host.at === "directing" || host.at === "directed",
  );
  if (open.length === 0) return and(started, (now) => close(now, endingOf(now, phase.ending)));
  const kept = isRelapse(started.state, width) && open.every((host) => host.at === "directed");
  return kept ? and(started, (now) => stopRelapse(now, phase)) : started;
}

/**
 * A host that is down or failed already costs none. One that fell on its way back, or of which nothing is known, takes up
 * room like one in hand; one at a time goes all the same, unless what they go back to is no better.
 */
function mayRevert(state: State, host: Progress, width: number): boolean {
  if (host.down || host.bad) return true;
  if (isRelapse(state, width)) return false;
  const hosts = hostsOf(state);
  const again = hosts.filter((each) => isTriedAgain(state, each) && !isTried(each)).length;
  const hands = hosts.filter((each) => isInHand(each) && !each.down && !each.bad);
  const lost = hosts.filter((each) => each.fell || each.at === "unknown");
  return hands.length < Math.max(again > 0 ? 0 : 1, width - lost.length - again);
}

function isTried({ at }: Progress): boolean {
  return at === "restored" || at === "stuck" || at === "unknown";
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
      state: set(state, name, { at: "restored", down: false, fell: false, since: state.now }),
      effects: [announce(happening)],
    };
  }
  const happening = { type: "host.failed", ...on, operation: "verify", cause: "unhealthy", detail, log: "" } as const;
  const said = `back on ${host.plan.back}, and not healthy there: ${detail}`;
  const fell = wasServing(state, host);
  return { state: set(state, name, { at: "stuck", bad: true, fell, detail: said }), effects: [announce(happening)] };
}

/** Every error was collected: one host that is not back makes it *stuck*. */
function endingOf(state: State, ending: Ending): Ending {
  const rollback = state.given.plan.direction === "rollback";
  const left = hostsOf(state).filter((host) => {
    return (host.at === "stuck" || host.at === "unknown") && (goesBack(host) || rollback);
  });
  if (left.length === 0) return { ...ending, summary: `${ending.summary} ${backText(state)}` };
  if (ending.outcome !== "done" && !hostsOf(state).some((host) => host.moved || host.at === "stuck"))
    return { ...ending, outcome: "unreachable", reason: "unreachable", summary: `${ending.summary} ${causes(left)}.` };
  return {
    outcome: "stuck",
    reason: "rollback-incomplete",
    summary: `${ending.summary} ${count(left.length, "host")} could not be put back: ${causes(left)}.`,
    hint: `When ${waitText(left)}: ship rollback -c ${state.given.component.name}`,
  };
}

function waitText(left: readonly Progress[]): string {
  if (left.some((host) => host.at === "stuck")) return "that is mended";
  return left.length === 1 ? "it answers again" : "they answer again";
}

function backText(state: State): string {
  const back = hostsOf(state).filter((host) => host.at === "restored").length;
  if (back === 0) return "No host had to be put back.";
  return back === 1
    ? "The one touched host is back on what was proven on it."
    : `The ${back} touched hosts are back on what was proven on them.`;
}
