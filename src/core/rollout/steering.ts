import { pacesSaid, unstopped } from "../pace.ts";
import { readWord, type Word } from "../sign.ts";
import { measuredAnew } from "./anew.ts";
import { begunAnew, isHalted, repaced } from "./pacing.ts";
import { restore } from "./restoring.ts";
import { and, announce, type Ending, type Phase, type Reduced, type State, stay } from "./state.ts";

/**
 * A word came back with a beat. One that names another rollout, or was taken before, says nothing; while hosts are still being
 * taken over it waits for a later beat.
 */
export function steer(state: State, text: string): Reduced {
  const word = readWord(text);
  if (word === undefined || word.rollout !== state.given.options.rollout || word.number <= state.steered.taken)
    return stay(state);
  return state.phase.name === "fencing" ? stay(state) : taken(state, word);
}

/** The next beat, which is due at once, says that the word was taken. */
function taken(before: State, word: Word): Reduced {
  const approved = [...new Set([...before.steered.approved, ...word.approved])];
  const steered = { ...before.steered, taken: word.number, approved, vain: false };
  const state: State = { ...before, steered, beating: { ...before.beating, dueAt: before.now } };
  switch (word.word) {
    case "pause":
      return isGoing(state.phase) ? paused(state, word) : late(state, word);
    case "resume":
      return isHalted(state) ? resumed(state, word) : late(state, word);
    case "abort":
      return isGoing(state.phase) ? aborted(state, word) : late(state, word);
    case "approve":
      return isGoing(state.phase) ? approve(state, word) : late(state, word);
    case "remeasure":
      return measuredAnew(state, word) ?? vain(state);
    case "rate":
      return (isGoing(state.phase) ? repaced(state, word) : undefined) ?? late(state, word);
  }
}

/** Is it on its way forward, so that there is something to stop or to turn back? */
function isGoing({ name }: Phase): boolean {
  return name === "changing" || name === "baking" || name === "proving" || name === "finishing";
}

/** No new hosts, and no stage passes; those in hand are finished, and what is changed is judged on: a fail rolls back. */
function paused(state: State, word: Word): Reduced {
  const { by, why } = word;
  const said = announce({ type: "rollout.paused", by, why });
  return { state: { ...state, steered: { ...state.steered, paused: word } }, effects: [said] };
}

function resumed(state: State, { by, why }: Word): Reduced {
  return { state: goingOn(state), effects: [announce({ type: "rollout.resumed", by, why })] };
}

/** A rate that was set to 0 is again what it was before. */
function goingOn(state: State): State {
  const { steered } = state;
  const on = { ...state, steered: { ...steered, paused: undefined, paces: unstopped(steered.paces) } };
  return isHalted(state) ? begunAnew(on) : on;
}

/** Everything that this rollout changed goes back, whatever ran that cannot be undone: somebody asked for it. */
function aborted(state: State, { by, why }: Word): Reduced {
  const { plan } = state.given;
  const ending: Ending = {
    outcome: "rolled-back",
    reason: "aborted",
    summary: `${plan.version}: ${abortText(by, why)}.`,
    hint: undefined,
  };
  return and({ state, effects: [announce({ type: "rollout.aborted", by, why })] }, (now) =>
    restore(now, ending, false),
  );
}

/** `aborted by ada@desk: wrong customer`. */
export function abortText(by: string, why: string | undefined): string {
  return `aborted by ${by}${why === undefined || why === "" ? "" : `: ${why}`}`;
}

/** The stages that the word names may pass without a verdict. */
function approve(state: State, word: Word): Reduced {
  const { by, why, approved } = word;
  const stage = approved.at(-1);
  if (stage === undefined) return late(state, word);
  return { state: goingOn(state), effects: [announce({ type: "stage.approved", stage, by, why })] };
}

/** Said on both sides: here, and by the next beat to whoever said it. */
function late(state: State, { word, by, paces }: Word): Reduced {
  const text =
    word === "rate"
      ? `${by} set ${pacesSaid(paces.slice(-1))}, and no host is to be changed any more.`
      : `${by} said ${word}, and there is nothing to ${word} now.`;
  const said = announce({ type: "warned", text, hint: undefined });
  return and(vain(state), (now) => ({ state: now, effects: [said] }));
}

function vain(state: State): Reduced {
  return stay({ ...state, steered: { ...state.steered, vain: true } });
}
