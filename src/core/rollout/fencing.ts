import type { Answer, HostRecord } from "../host.ts";
import { followedBack } from "../plan-back.ts";
import { refuse } from "./fail.ts";
import { unanswered } from "./lost.ts";
import { nameOf, type Progress, progressOf } from "./progress.ts";
import { restore } from "./restoring.ts";
import { enterStage } from "./stage.ts";
import {
  announce,
  type Ending,
  each,
  hostsOf,
  order,
  type Phase,
  type Reduced,
  type State,
  set,
  stay,
} from "./state.ts";
import { lockedOut } from "./stopping.ts";

/** How often a fence is asked for again when its answer was lost. */
const patience = 3;

/** Every host that answers is fenced before any is changed, so that a run that was thought dead cannot act again. */
export function fencing(state: State): Reduced {
  if (state.phase.name !== "beginning") return stay(state);
  const asked = hostsOf(state).filter((host) => host.plan.action !== "absent");
  const pending = new Set(asked.map(nameOf));
  return each({ ...state, phase: { name: "fencing", pending } }, asked, (now, host) => fence(now, host, 0));
}

function fence(state: State, host: Progress, after: number): Reduced {
  const { rollout, holder } = state.given.options;
  return order(state, host, { type: "fence", rollout, expect: host.plan.expect, holder }, after);
}

/** A fence's answer. One refusal stops the run: somebody newer is there, or the host moved since it was observed. */
export function fenced(state: State, host: Progress, answer: Answer): Reduced {
  const { phase } = state;
  const name = nameOf(host);
  if (phase.name !== "fencing" || !phase.pending.has(name)) return stay(state);
  if (unanswered(answer) && host.tries < patience)
    return fence(set(state, name, { tries: host.tries + 1 }), host, 500 * 2 ** host.tries);
  if (answer.type === "refused" && isMoving(state, host, answer)) return follow(state, host, answer.record);
  const pending = new Set([...phase.pending].filter((each) => each !== name));
  const now: State = { ...state, phase: { name: "fencing", pending } };
  if (answer.type === "done") {
    const said = announce({ type: "host.fenced", host: name, release: host.plan.from });
    return { state: set(now, name, { fenced: true, tries: 0 }), effects: [said] };
  }
  if (answer.type === "refused") return lockedOut(now, host, answer);
  return stay(set(now, name, { at: "unknown", bad: true, down: true, detail: `fence: ${detailOf(answer)}` }));
}

type Refused = Extract<Answer, { readonly type: "refused" }>;

/** How often a host is followed that moves on between a look and the fence: each try shuts the other run out or not. */
const insistence = 20;

/** A rollback takes over from a run that is at work: what it did in the meantime is no reason to stop. */
function isMoving(state: State, host: Progress, answer: Refused): boolean {
  return answer.cause === "moved" && state.given.options.asked === "rollback" && host.tries < insistence;
}

function follow(state: State, host: Progress, record: HostRecord): Reduced {
  const next: Progress = { ...progressOf(followedBack(host.plan, record), host.stage, true), tries: host.tries + 1 };
  return fence(set(state, nameOf(host), next), next, 0);
}

function detailOf(answer: Answer): string {
  if ("reason" in answer) return answer.reason;
  return "detail" in answer ? answer.detail : `it answered ${answer.type}`;
}

/** How a rollback that was asked for, or is gone on with, will have ended when every host is back. */
function backEnding({ given: { options, plan, component } }: State): Ending {
  if (options.asked === "rollback") {
    const summary = `${component.name} was rolled back.`;
    return { outcome: "done", reason: "rolled-back-by-request", summary, hint: undefined };
  }
  const summary = `${plan.version} was being rolled back when ship was stopped.`;
  const hint = `ship why shows the evidence. To try it again: ship -c ${component.name} --version ${plan.version} --retry-bad --reason TEXT`;
  return { outcome: "rolled-back", reason: "assertion-failed", summary, hint };
}

/** All have answered: goes on when those that did not are within every budget. */
export function pumpFencing(state: State, { pending }: Extract<Phase, { readonly name: "fencing" }>): Reduced {
  if (pending.size > 0) return stay(state);
  if (state.given.plan.direction === "rollback") return restore(state, backEnding(state), false);
  const over = state.given.plan.stages.find((stage, index) => {
    return hostsOf(state).filter((host) => host.stage === index && host.bad).length > stage.maxFailed;
  });
  return over === undefined ? enterStage(state, 0) : refuse(state, over);
}
