import { startTrial } from "../judge.ts";
import type { Word } from "../sign.ts";
import { emptyEvidence } from "../window.ts";
import { unwatched } from "./bake-readings.ts";
import { begunAnew } from "./pacing.ts";
import { and, announce, type Phase, type Reduced, type State } from "./state.ts";

/**
 * The service was changed beside the rollout, such as by a rate in an emergency: what was measured before says nothing of what
 * is now, so all is measured anew, and a bake has its whole time again. undefined where nothing is measured.
 */
export function measuredAnew(state: State, { by, why }: Word): Reduced | undefined {
  const { phase } = state;
  if (phase.name !== "changing" && phase.name !== "baking") return undefined;
  const fresh: State = { ...withoutJudgements(state), evidence: emptyEvidence, evidenceFrom: state.now };
  const said = announce({ type: "evidence.restarted", by, why });
  const told: Reduced = { state: begunAnew(fresh), effects: [said] };
  return phase.name === "baking" ? and(told, (now) => bakedAnew(now, phase)) : told;
}

/** Readings are counted afresh; only a verdict against hosts that may be gone by now is carried on. */
export function withoutJudgements(state: State): State {
  const trials = new Map([...state.trials].map(([assertion, trial]) => [assertion, startTrial(trial)]));
  return { ...state, trials, judgements: new Map(), judgedAt: new Map() };
}

type Baking = Extract<Phase, { readonly name: "baking" }>;

/** A bake that begins now. */
export function bakedAnew(state: State, { index, stage }: Pick<Baking, "index" | "stage">): Reduced {
  const until = state.now + stage.bake;
  const longest = state.now + stage.longestBake;
  const phase: Phase = { name: "baking", index, stage, until, longest, stretched: 0, ...unwatched };
  const started = { type: "bake.started", stage: stage.name, duration: stage.bake, until } as const;
  return { state: { ...state, phase }, effects: [announce(started)] };
}
