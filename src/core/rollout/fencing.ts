import type { Answer } from "../host.ts";
import { refuse } from "./fail.ts";
import { restore } from "./restoring.ts";
import { enterStage } from "./stage.ts";
import { type Ending, each, type Phase, type Progress, type Reduced, type State, set } from "./state.ts";
import { lockedOut } from "./stopping.ts";

type Fencing = Extract<Phase, { readonly name: "fencing" }>;

/** Every host that answers is fenced before any is changed, so that a run that was thought dead cannot act again. */
export function fencing(state: State): Reduced {
  const asked = [...state.hosts.values()].filter((host) => host.plan.action !== "absent");
  const pending = new Set(asked.map((host) => host.plan.host));
  return each({ ...state, phase: { name: "fencing", pending } }, asked, fence);
}

export function fence(state: State, host: Progress): Reduced {
  const { rollout, holder } = state.given.options;
  const order = { type: "fence", rollout, expect: host.plan.expect, holder } as const;
  return { state, effects: [{ type: "order", host: host.plan.host, attempt: host.attempt, order, after: 0 }] };
}

/** A fence's answer. One refusal stops the run: somebody newer is there, or the host moved since it was observed. */
export function fenced(state: State, host: Progress, answer: Answer): Reduced {
  if (state.phase.name !== "fencing") return { state, effects: [] };
  const name = host.plan.host;
  const pending = new Set([...state.phase.pending].filter((each) => each !== name));
  const now: State = { ...state, phase: { name: "fencing", pending } };
  if (answer.type === "done") {
    const happening = { type: "host.fenced", host: name, release: host.plan.from } as const;
    return { state: set(now, name, { fenced: true, tries: 0 }), effects: [{ type: "announce", happening }] };
  }
  if (answer.type === "refused") return lockedOut(now, name, answer);
  const detail = "reason" in answer ? answer.reason : "detail" in answer ? answer.detail : answer.type;
  return { state: set(now, name, { at: "unknown", bad: true, down: true, detail }), effects: [] };
}

/** How a rollback that was asked for, or is gone on with, will have ended when every host is back. */
function backEnding(state: State): Ending {
  const { options, plan, component } = state.given;
  if (options.asked === "rollback") {
    const summary = `${component.name} is back on what was last proven on each host.`;
    return { outcome: "done", reason: "rolled-back-by-request", summary, hint: undefined };
  }
  const summary = `${plan.version} was being rolled back; every host that it had touched is back.`;
  const hint = `ship why shows the evidence. To try it again: --retry-bad --reason TEXT.`;
  return { outcome: "rolled-back", reason: "assertion-failed", summary, hint };
}

/** All have answered: goes on when those that did not are within every budget. */
export function pumpFencing(state: State, phase: Fencing): Reduced {
  if (phase.pending.size > 0) return { state, effects: [] };
  if (state.given.plan.direction === "rollback") return restore(state, backEnding(state), false);
  const over = state.given.plan.stages.findIndex((stage, index) => {
    return [...state.hosts.values()].filter((host) => host.stage === index && host.bad).length > stage.maxFailed;
  });
  if (over >= 0) return refuse(state, over);
  return enterStage(state, 0);
}
