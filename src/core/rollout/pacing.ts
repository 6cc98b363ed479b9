import { lanesOf, rateFor } from "../lanes.ts";
import { mostOf, pacesSaid, stopOf, withPace } from "../pace.ts";
import type { StagePlan } from "../plan.ts";
import type { Word } from "../sign.ts";
import { askedAnew } from "./asked.ts";
import { isPlacing } from "./progress.ts";
import { countIn } from "./roster.ts";
import { announce, type Phase, type Reduced, type State, stay } from "./state.ts";

const minuteMs = 60_000;

/** One of ship's own rates was set: it holds for the next host. undefined where the word names none. */
export function repaced(state: State, { by, why, paces }: Word): Reduced | undefined {
  const pace = paces.at(-1);
  if (pace === undefined) return undefined;
  const { rate, value } = pace;
  const { steered } = state;
  const set: State = { ...state, steered: { ...steered, paces: withPace(steered.paces, rate, value) } };
  const said = announce({ type: "rollout.paced", rate: `ship.${rate}`, value, by, why });
  if (isHalted(state) === isHalted(set)) return { state: set, effects: [said] };
  return isHalted(set)
    ? { state: set, effects: [said, announce({ type: "rollout.paused", by, why })] }
    : { state: begunAnew(set), effects: [said, announce({ type: "rollout.resumed", by, why })] };
}

/** Does it stand still because somebody said so? */
export function isHalted({ steered }: State): boolean {
  return haltOf(steered) !== undefined;
}

/** Who or what paused it, and why. */
export function haltOf({ paused, paces }: State["steered"]): Pick<Word, "by" | "why"> | undefined {
  const stop = stopOf(paces);
  return paused ?? (stop && { by: pacesSaid([stop]), why: "" });
}

/** After a pause, what was waited for has its whole time again. */
export function begunAnew(state: State): State {
  const { phase, now } = state;
  return phase.name === "changing" ? { ...state, phase: askedAnew(phase, now) } : state;
}

/** How many hosts of the stage may be in hand at once; how many may be out of service is the config's alone. */
export function widthOf({ steered }: State, { width }: StagePlan): number {
  return Math.min(width, mostOf(steered.paces, "width") ?? width);
}

/** Is it too soon after the last host for the next one? Evenly, and not all of a minute's hosts at its beginning. */
export function isTooSoon({ steered, hostStartedAt, now }: State): boolean {
  const most = mostOf(steered.paces, "hosts_per_minute");
  return most !== undefined && hostStartedAt !== undefined && now < hostStartedAt + minuteMs / most;
}

/** How many hosts may get their bytes at once. */
export function lanesIn(state: State): number {
  const { lanes = Number.POSITIVE_INFINITY, bandwidth } = state.given.options;
  return lanesOf(lanes, mostOf(state.steered.paces, "bandwidth") ?? bandwidth);
}

/** Tells the uplink how fast it may send, whenever that is something new. */
export function throttled(state: State): Reduced {
  const most = mostOf(state.steered.paces, "bandwidth");
  if (most === undefined) return stay(state);
  const rate = rateFor(most, countIn(state.hosts, isPlacing));
  if (rate === state.bytes.rate) return stay(state);
  return { state: { ...state, bytes: { ...state.bytes, rate } }, effects: [{ type: "throttle", rate }] };
}

/** ` ship.width 2`, for what is told of a run that goes forward at another pace than its config's. */
export function paceText({ phase, steered }: State): string {
  const { paces } = steered;
  return paces.length > 0 && isForward(phase) ? ` (${pacesSaid(paces)})` : "";
}

function isForward({ name }: Phase): boolean {
  return name === "changing" || name === "baking";
}
