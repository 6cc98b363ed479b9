import { answered, checked } from "./answer.ts";
import { pumpClosing } from "./closing.ts";
import { fencing, pumpFencing } from "./fencing.ts";
import { dueMeasurement, measured } from "./measuring.ts";
import { pumpRestoring } from "./restoring.ts";
import { pumpBaking, pumpChanging, pumpFinishing, pumpProving } from "./stage.ts";
import { and, type Input, type Reduced, type State, stay } from "./state.ts";
import { interrupted, pumpStopping, timedOut } from "./stopping.ts";

/**
 * The whole of a rollout's behaviour. An input changes what is known; then each phase does what is due. An input that
 * the phase does not expect changes nothing, so that late and repeated answers are harmless.
 */
export function reduce(before: State, input: Input): Reduced {
  const state = { ...before, now: Math.max(before.now, input.at) };
  if (state.phase.name === "ended") return stay(state);
  return and(and(taken(state, input), timedOut), settled);
}

function taken(state: State, input: Input): Reduced {
  switch (input.type) {
    case "began":
      return fencing(state);
    case "answered":
      return answered(state, input);
    case "checked":
      return checked(state, input);
    case "measured":
      return measured(state, input.samples);
    case "ticked":
      return dueMeasurement(state);
    case "interrupted":
      return interrupted(state, input.signal);
  }
}

/** Goes from phase to phase until there is nothing more to do before the next input. */
function settled(state: State): Reduced {
  const next = pumped(state);
  return next.state.phase.name === state.phase.name && samePlace(state, next.state) ? next : and(next, settled);
}

function samePlace(before: State, after: State): boolean {
  const index = (state: State) => ("index" in state.phase ? state.phase.index : -1);
  return index(before) === index(after);
}

function pumped(state: State): Reduced {
  const { phase } = state;
  switch (phase.name) {
    case "fencing":
      return pumpFencing(state, phase);
    case "changing":
      return pumpChanging(state, phase.index);
    case "baking":
      return pumpBaking(state, phase);
    case "proving":
      return pumpProving(state, phase.index);
    case "finishing":
      return pumpFinishing(state, phase.index);
    case "restoring":
      return pumpRestoring(state, phase);
    case "stopping":
      return pumpStopping(state, phase);
    case "closing":
      return pumpClosing(state, phase);
    case "ended":
      return stay(state);
  }
}
