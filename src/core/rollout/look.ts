import type { Answer } from "../host.ts";
import { nameOf, type Progress } from "./progress.ts";
import { type Reduced, type State, set } from "./state.ts";

/** Looks which process the service is before it is changed: what answers afterwards has to be another one. */
export function identify(state: State, host: Progress, after = 0): Reduced {
  return {
    state: set(state, nameOf(host), { ...host, at: "identifying" }),
    effects: [{ type: "identify", host: nameOf(host), attempt: host.attempt, after }],
  };
}

/** The process that an answer shows. */
export function processIn(answer: Answer): string | undefined {
  return answer.type === "processes" ? answer.process?.identity : undefined;
}

/** Has the engine watch the host until it is healthy on `release`, or its time is over; the process `not` does not count. */
export function check(state: State, host: Progress, release: string, not: string | undefined): Reduced {
  return {
    state: set(state, nameOf(host), { ...host, tries: 0 }),
    effects: [{ type: "check", host: nameOf(host), attempt: host.attempt, release, not }],
  };
}
