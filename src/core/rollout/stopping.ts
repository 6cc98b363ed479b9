import { isBeyondBelief } from "../generation.ts";
import { holderSaid } from "../holder.ts";
import { close } from "./closing.ts";
import { hold, stop } from "./fail.ts";
import { revert } from "./failing.ts";
import { hostsOf, hostsThat } from "./hosts.ts";
import { isInHand, nameOf, type Progress } from "./progress.ts";
import { allIn, rosterOf } from "./roster.ts";
import {
  and,
  announce,
  type Ending,
  each,
  type Phase,
  type Reduced,
  type Refused,
  type State,
  set,
  stay,
} from "./state.ts";
import { listed } from "./text.ts";

type Stopping = Extract<Phase, { readonly name: "stopping" }>;

/** What hosts in hand have, after a signal, to become healthy; the whole ends within six seconds. ms. */
const graceMs = 4_000;
/** What the last words may take then, ms. */
export const hurryMs = 1_200;

/** Ctrl-C, TERM, HUP: no new hosts; those in hand are confirmed if they turn out healthy in time, else put themselves back. */
export function interrupted(state: State, signal: string): Reduced {
  const { phase } = state;
  const said = announce({ type: "rollout.interrupted", signal });
  if (phase.name === "closing")
    return {
      state: { ...state, phase: { ...phase, deadline: Math.min(phase.deadline, state.now + hurryMs) } },
      effects: [said],
    };
  const { component, plan } = state.given;
  const back = plan.direction === "rollback" || phase.name === "restoring" || (phase.name === "stopping" && phase.back);
  const before = phase.name === "stopping" ? phase.deadline : undefined;
  const ending: Ending = {
    outcome: "interrupted",
    reason: "interrupted",
    summary: `Stopped by ${signal}.`,
    hint: back
      ? `To go on rolling back: ship rollback -c ${component.name}`
      : `To go on: ship -c ${component.name} --version ${plan.version}. To put it back: ship rollback -c ${component.name}`,
  };
  const deadline = before ?? state.now + graceMs;
  return { state: { ...state, phase: { name: "stopping", ending, deadline, back } }, effects: [said] };
}

/** `--timeout` is over: held where it is. */
export function timedOut(state: State): Reduced {
  const { timeout } = state.given.options;
  const { phase } = state;
  if (timeout === undefined || state.now < state.startedAt + timeout) return stay(state);
  if (phase.name === "finishing") return hold(state, undefined, "timed-out", "its --timeout is over");
  if (phase.name !== "changing" && phase.name !== "baking") return stay(state);
  return hold(state, phase, "timed-out", "its --timeout is over");
}

export function pumpStopping(state: State, { ending, deadline }: Stopping): Reduced {
  const hands = hostsThat(state, isAwaited);
  if (hands.length > 0 && (deadline === undefined || state.now < deadline)) return stay(state);
  return and(each(state, hands, release), (now) => close(now, stopped(now, ending)));
}

/** Told to put itself back; nobody waits for that. A host that is going back anyway, or stays, needs no word. */
function release(state: State, host: Progress): Reduced {
  const name = nameOf(host);
  switch (host.at) {
    case "reverting":
    case "verifying":
      return stay(set(state, name, { at: "released" }));
    case "proving":
      return stay(set(state, name, { at: "confirmed" }));
    case "directing":
      return stay(set(state, name, { at: "directed" }));
    case "stepping":
      return stay(set(state, name, { at: host.step.when === "after" ? "proven" : "placed" }));
    default:
      return and(revert(state, host), (now) => stay(set(now, name, { at: "released" })));
  }
}

/** What an interrupted run leaves, with the time by which it will be so. */
function stopped(state: State, ending: Ending): Ending {
  if (ending.outcome !== "interrupted") return ending;
  const hosts = hostsOf(state);
  const released = hosts.filter((host) => host.at === "released");
  const waiting = hosts.filter((host) => host.at === "directed");
  const late = Math.max(...released.map((host) => host.leasedUntil), state.now) + state.given.component.activateWithin;
  const by = new Date(late).toISOString().slice(11, 19);
  const rest = [
    ...(released.length > 0
      ? [`${listed(released)} will be back on the release before by ${by} UTC, without ship.`]
      : []),
    ...(waiting.length > 0 ? [`${listed(waiting)} still to be put back.`] : []),
  ];
  const whole = "Each host is wholly on the old release or on the new one.";
  return { ...ending, summary: [ending.summary, ...(rest.length > 0 ? rest : [whole])].join(" ") };
}

/**
 * A refusal that names a newer run: somebody has taken over, and everything stops here. A host that lost its record, or
 * claims a generation that nobody can have, speaks for itself alone.
 */
export function isSuperseded(state: State, { cause, record }: Refused): boolean {
  if (cause !== "stale" || record.run === state.given.options.run) return false;
  return record.generation >= state.generation && !isBeyondBelief(record.generation, state.generation);
}

/**
 * The component belongs to another run, or (`moved`) a host is not as it was observed any more: nothing more is ordered,
 * not even a farewell that could disturb the other run, and nothing is put back.
 */
export function lockedOut(state: State, host: Progress, answer: Refused): Reduced {
  const hosts = rosterOf(allIn(state.hosts).map(letGo));
  const beside = rosterOf(allIn(state.beside).map(letGo));
  return stop({ ...state, hosts, beside }, lockedEnding(state, host, answer));
}

/** Where a host in hand is now, only the other run knows. */
function letGo(host: Progress): Progress {
  return { ...host, fenced: false, at: isAwaited(host) ? "unknown" : host.at };
}

/** Is an answer of it waited for that says where it is? */
function isAwaited(host: Progress): boolean {
  return isInHand(host) || host.at === "proving" || host.at === "directing";
}

function lockedEnding({ given: { component } }: State, host: Progress, { record, detail }: Refused): Ending {
  const name = nameOf(host);
  if (host.plan.expect.startsWith(`${record.generation}.${record.run}.`)) {
    const summary = `${name} moved after it was looked at: ${detail}. Nothing live was touched.`;
    return { outcome: "refused", reason: "refused", summary, hint: "Run the same command again: it looks anew." };
  }
  const holder = record.holder === "" ? "" : ` (${holderSaid(record.holder)})`;
  const summary = `${name} belongs to another run now${holder}; this one stopped where it was.`;
  return {
    outcome: "locked",
    reason: "superseded",
    summary,
    hint: `See what it does: ship status -c ${component.name}`,
  };
}
