import { nameOf, type Progress } from "./progress.ts";
import { type Reduced, type State, set } from "./state.ts";

/** Looks which process the service is before it is changed: what answers afterwards has to be another one. */
export function identify(state: State, host: Progress, after = 0): Reduced {
  return {
    state: set(state, nameOf(host), { ...host, at: "identifying" }),
    effects: [{ type: "identify", host: nameOf(host), attempt: host.attempt, after }],
  };
}

/**
 * Has the engine watch the host until it is healthy, or its time is over: on the new release, in another process than
 * before where that was asked for; or back on its good one, not in the process that was put back.
 */
export function check(state: State, host: Progress, step: "checking" | "verifying", after = 0): Reduced {
  const release = step === "checking" ? state.given.release.name : host.plan.back;
  const not = step === "checking" ? host.before : host.answering;
  return {
    state: set(state, nameOf(host), { ...host, at: step }),
    effects: [{ type: "check", host: nameOf(host), attempt: host.attempt, release, not, after }],
  };
}
