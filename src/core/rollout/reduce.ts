import { answered, checked, identified } from "./answer.ts";
import { beaten, dueBeat, woke } from "./beating.ts";
import { pumpClosing } from "./closing.ts";
import type { Input } from "./exchange.ts";
import { fencing, pumpFencing } from "./fencing.ts";
import { dueMeasurement, measured } from "./measuring.ts";
import { throttled } from "./pacing.ts";
import { bringing, passing } from "./placing.ts";
import { pumpFinishing, pumpProving } from "./proving.ts";
import { pumpRestoring } from "./restoring.ts";
import { pausing } from "./silence.ts";
import { pumpBaking, pumpChanging } from "./stage.ts";
import { and, each, type Reduced, type State, stay } from "./state.ts";
import { interrupted, pumpStopping, timedOut } from "./stopping.ts";
import { tellBytes } from "./told-bytes.ts";

/**
 * The whole of a rollout's behaviour. An input changes what is known; then each phase does what is due. An input that
 * the phase does not expect changes nothing, so that late and repeated answers are harmless.
 */
export function reduce(before: State, input: Input): Reduced {
  const state = { ...before, now: Math.max(before.now, input.at) };
  if (state.phase.name === "ended") return stay(state);
  if (isDoubtful(state) && isAnswer(input)) return and(withheld(state, input), dueBeat);
  const heard = taken(state, input);
  if (isDoubtful(heard.state)) return and(heard, dueBeat);
  return [releaseWithheld, timedOut, pausing, settled, bringing, throttled, dueBeat].reduce(and, heard);
}

/** Who leaves need not know first: the hosts refuse a run that they have been taken over from. */
function isDoubtful({ beating, phase }: State): boolean {
  return beating.doubts !== undefined && phase.name !== "stopping" && phase.name !== "closing";
}

/** What calls for a next order, which a run that may have been taken over must not give. */
function isAnswer({ type }: Input): boolean {
  return type === "answered" || type === "identified" || type === "checked" || type === "passing";
}

function withheld(state: State, input: Input): Reduced {
  return stay({ ...state, beating: { ...state.beating, withheld: [...state.beating.withheld, input] } });
}

function releaseWithheld(state: State): Reduced {
  const { withheld: kept } = state.beating;
  if (kept.length === 0) return stay(state);
  return each({ ...state, beating: { ...state.beating, withheld: [] } }, kept, taken);
}

function taken(state: State, input: Input): Reduced {
  switch (input.type) {
    case "began":
      return fencing(state);
    case "answered":
      return answered(state, input);
    case "identified":
      return identified(state, input);
    case "checked":
      return checked(state, input);
    case "measured":
      return state.beating.doubts ? stay({ ...state, measuring: false }) : measured(state, input.samples);
    case "beaten":
      return beaten(state, input);
    case "passing":
      return passing(state, input.host, input.answer);
    case "ticked":
      return state.beating.doubts ? stay(state) : and(tellBytes(state, input.sent), dueMeasurement);
    case "woke":
      return woke(state);
    case "interrupted":
      return interrupted(state, input.signal);
  }
}

/** Goes from phase to phase until there is nothing more to do before the next input. */
function settled(state: State): Reduced {
  const next = pumped(state);
  return next.state.phase === state.phase ? next : and(next, settled);
}

function pumped(state: State): Reduced {
  const { phase } = state;
  switch (phase.name) {
    case "beginning":
    case "ended":
      return stay(state);
    case "fencing":
      return pumpFencing(state, phase);
    case "changing":
      return pumpChanging(state, phase);
    case "baking":
      return pumpBaking(state, phase);
    case "proving":
      return pumpProving(state, phase);
    case "finishing":
      return pumpFinishing(state);
    case "restoring":
      return pumpRestoring(state, phase);
    case "stopping":
      return pumpStopping(state, phase);
    case "closing":
      return pumpClosing(state, phase);
  }
}
