import type { Answer } from "../host.ts";
import { order } from "./change.ts";
import { close } from "./closing.ts";
import { hold, stop } from "./fail.ts";
import { revertOrder } from "./restoring.ts";
import {
  and,
  announce,
  type Ending,
  each,
  isInHand,
  type Phase,
  type Progress,
  type Reduced,
  type State,
  set,
  stay,
} from "./state.ts";

type Refused = Extract<Answer, { readonly type: "refused" }>;
type Stopping = Extract<Phase, { readonly name: "stopping" }>;

/** What hosts in hand have, after a signal, to become healthy; the whole ends within six seconds. */
const graceMs = 4_000;

/** Ctrl-C, TERM, HUP: no new hosts; those in hand are confirmed if they turn out healthy in time, else put themselves back. */
export function interrupted(state: State, signal: string): Reduced {
  if (state.phase.name === "closing") return stay(state);
  const { component, plan } = state.given;
  const back = plan.direction === "rollback" || state.phase.name === "restoring";
  const ending: Ending = {
    outcome: "interrupted",
    reason: "interrupted",
    summary: `Stopped by ${signal}. ${back ? "Hosts that are not back yet wait for the next run." : "Each host is wholly on the old release or the new one."}`,
    hint: back
      ? `To go on rolling back: ship rollback -c ${component.name}`
      : `To go on: ship -c ${component.name} --version ${plan.version}. To put it back: ship rollback -c ${component.name}`,
  };
  const said = announce({ type: "rollout.interrupted", signal });
  return { state: { ...state, phase: { name: "stopping", ending, deadline: state.now + graceMs } }, effects: [said] };
}

/** `--timeout` is over: held where it is. */
export function timedOut(state: State): Reduced {
  const { timeout } = state.given.options;
  const { phase } = state;
  if (timeout === undefined || state.now < state.startedAt + timeout) return stay(state);
  if (phase.name !== "changing" && phase.name !== "baking" && phase.name !== "finishing") return stay(state);
  return hold(state, phase.index, "timed-out", "its --timeout is over");
}

export function pumpStopping(state: State, { ending, deadline }: Stopping): Reduced {
  const hands = [...state.hosts.values()].filter(
    (host) => isInHand(host) || host.at === "proving" || host.at === "directing",
  );
  if (hands.length === 0) return close(state, ending);
  if (deadline === undefined || state.now < deadline) return stay(state);
  return and(each(state, hands, release), (now) => close(now, ending));
}

/** Told to put itself back; nobody waits for that. An order of a host that is going back anyway needs no word. */
function release(state: State, host: Progress): Reduced {
  const name = host.plan.host;
  if (host.at === "reverting" || host.at === "verifying") return stay(set(state, name, { at: "released" }));
  if (host.at === "proving" || host.at === "directing" || host.at === "stepping")
    return stay(set(state, name, { at: "unknown" }));
  const released: Progress = { ...host, at: "released", attempt: host.attempt + 1 };
  return order(set(state, name, released), name, revertOrder(state, released));
}

/** A refusal that names a newer run: somebody has taken over, and everything stops here. */
export function isSuperseded(state: State, answer: Refused): boolean {
  return answer.cause === "stale" && answer.record.run !== state.given.options.run;
}

/** The component belongs to another run: nothing more is ordered, and nothing is put back. */
export function lockedOut(state: State, host: string, answer: Refused): Reduced {
  const { component } = state.given;
  const ending: Ending = {
    outcome: "locked",
    reason: "superseded",
    summary: `${host} belongs to another run now${answer.record.holder === "" ? "" : ` (${answer.record.holder})`}; this one stopped where it was.`,
    hint: `See what it does: ship status -c ${component.name}`,
  };
  return stop(
    {
      ...state,
      hosts: new Map(
        [...state.hosts].map(([name, each]) => [
          name,
          { ...each, fenced: false, at: isInHand(each) ? "unknown" : each.at },
        ]),
      ),
    },
    ending,
  );
}
