import type { Answer } from "../host.ts";
import { ask } from "./change.ts";
import { fail, hold } from "./fail.ts";
import { type Asking, operations, releaseAt } from "./order.ts";
import { nameOf, type Progress } from "./progress.ts";
import { wasServing } from "./relapse.ts";
import { and, announce, type Reduced, type State, set, stay } from "./state.ts";

/** What went wrong on one host. */
export type Trouble = {
  readonly operation: string;
  readonly cause: string;
  readonly detail: string;
  readonly log: string;
};

/** An order was refused, or what it ran failed. A `once` step that fails stops the rollout, whatever max_failed allows. */
export function failed(
  state: State,
  host: Progress,
  { step, answer }: { readonly step: Asking; readonly answer: Answer },
): Reduced {
  const detail = "detail" in answer ? answer.detail : answer.type;
  const cause = answer.type === "refused" ? answer.cause : "failed";
  const log = answer.type === "failed" ? answer.log : "";
  const back = putBack(state, host, { operation: operations[step], cause, detail, log });
  return step === "stepping"
    ? and(back, (now) => stepFailed(now, `${host.step.run} failed on ${nameOf(host)}: ${detail}`))
    : back;
}

function stepFailed(state: State, text: string): Reduced {
  const { phase } = state;
  if (phase.name === "changing") return fail(state, phase, "step-failed", text);
  if (phase.name === "finishing") return hold(state, undefined, "step-failed", text);
  return stay(state);
}

/** One host failed: what of it was live goes back to its good release at once, and it counts against max_failed. */
export function putBack(state: State, host: Progress, trouble: Trouble): Reduced {
  const name = nameOf(host);
  const said = announce({ type: "host.failed", host: name, release: releaseAt(state, host), ...trouble });
  const detail = `${leadOf(host, trouble)}: ${trouble.detail}`;
  const rests = restsAt(host);
  if (rests === undefined) return and({ state, effects: [said] }, (now) => revert(now, { ...host, bad: true, detail }));
  const bad = rests !== "directed" && rests !== "proven";
  const between = rests === "stuck" && trouble.cause === "failed";
  const change = { at: rests, bad: host.bad || bad, fell: between && wasServing(state, host), detail, tries: 0 };
  return { state: set(state, name, between ? { ...change, runs: undefined } : change), effects: [said] };
}

function leadOf(host: Progress, { operation }: Trouble): string {
  if (operation === "healthy") return "not healthy";
  return operation === "once" ? host.step.run : operation;
}

/** Where a host stays that failed without having to be put back; undefined when it has to. */
function restsAt({ at, step, touched }: Progress): Progress["at"] | undefined {
  switch (at) {
    case "placing":
      return "failed";
    case "stepping":
      return step.when === "after" ? "proven" : "failed";
    case "arming":
      return touched ? undefined : "failed";
    case "proving":
      return "unknown";
    case "directing":
      return "directed";
    case "reverting":
      return "stuck";
    default:
      return undefined;
  }
}

export function revert(state: State, host: Progress): Reduced {
  return ask(state, host, "reverting", { attempt: host.attempt + 1 });
}
