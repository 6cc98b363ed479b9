import type { Answer } from "../host.ts";
import { byName, witnesses } from "../runner.ts";
import { beatText } from "../sign.ts";
import { isUnapproved } from "./approval.ts";
import type { Beating, Doubts } from "./beats.ts";
import { allHosts, hostNamed } from "./beside.ts";
import type { Effect, Input } from "./exchange.ts";
import { hostsOf, hostsOfStage } from "./hosts.ts";
import { haltOf, paceText } from "./pacing.ts";
import { isOnRelease, isSettled, nameOf } from "./progress.ts";
import { announce, type Reduced, type State, stay } from "./state.ts";
import { steer } from "./steering.ts";
import { isSuperseded, lockedOut } from "./stopping.ts";
import { count } from "./text.ts";

/** How often the witnesses are told that the run lives, ms. */
const everyMs = 3_000;

/** From the first fenced host on, until the end: a newcomer sees that somebody is at work, and what. */
export function dueBeat(state: State): Reduced {
  const { beating, phase } = state;
  const stage = beating.entered;
  if (phase.name === "beginning" || (state.now < beating.dueAt && stage === beating.stage)) return stay(state);
  const free = witnessesOf(state).filter((host) => !beating.pending.has(host));
  if (free.length === 0) return stay(state);
  const count = beating.count + 1;
  const pending = new Map([...beating.pending, ...free.map((host) => [host, count] as const)]);
  const next = { ...beating, count, dueAt: state.now + everyMs, pending, stage };
  const told: State = { ...state, beating: next };
  const beat = { type: "beat", generation: state.generation, run: state.given.options.run, text: said(told) } as const;
  return { state: told, effects: free.map((host): Effect => ({ type: "beat", host, count, beat })) };
}

/**
 * The process was stopped, or its machine slept, for so long that another run may have taken over. Nothing is judged or begun
 * before the witnesses were asked anew: what was measured meanwhile may be the other run's doing, and an answer to a beat from
 * before the standstill says nothing of it.
 */
export function woke(state: State): Reduced {
  if (witnessesOf(state).length === 0) return stay(state);
  const doubts = { rounds: mostRounds, heard: false };
  const beating = { ...state.beating, dueAt: state.now, pending: new Map(), doubts };
  return { state: { ...state, beating }, effects: [announce({ type: "warned", text: stoodStill, hint: undefined })] };
}

const stoodStill =
  "ship stood still, or its machine slept. Before it goes on it asks the hosts whether they are still its own.";

/** A machine that wakes up may be without its network for so many beats; after them, hosts that are lost are lost. */
const mostRounds = 10;

/** The first by name of the hosts that this run holds. */
function witnessesOf(state: State): readonly string[] {
  const held = allHosts(state).filter((host) => host.fenced && host.at !== "unknown");
  return held.map(nameOf).sort(byName).slice(0, witnesses);
}

/** A beat that got lost is no news; one that is refused for a newer run ends this one; a word that came back is taken. */
export function beaten(state: State, input: Extract<Input, { readonly type: "beaten" }>): Reduced {
  const { host: name, answer } = input;
  const pending = new Map([...state.beating.pending].filter(([host, count]) => host !== name || count !== input.count));
  const isFresh = state.beating.pending.get(name) === input.count;
  const doubts = isFresh ? doubtsAfter(state.beating, pending.size, answer) : state.beating.doubts;
  const heard: State = { ...state, beating: { ...state.beating, pending, doubts } };
  const host = hostNamed(heard, name);
  if (host === undefined || heard.phase.name === "closing") return stay(heard);
  if (isLost(heard, answer)) return lockedOut(heard, host, answer);
  return answer.type === "heard" ? steer(heard, answer.word) : stay(heard);
}

/** It is over when the witnesses have answered, one of them at least. */
function doubtsAfter({ doubts }: Beating, open: number, answer: Answer): Doubts | undefined {
  if (doubts === undefined) return undefined;
  const heard = doubts.heard || (answer.type !== "lost" && answer.type !== "unreachable");
  if (open > 0) return { ...doubts, heard };
  return heard || doubts.rounds <= 1 ? undefined : { rounds: doubts.rounds - 1, heard: false };
}

function isLost(state: State, answer: Answer): answer is Extract<Answer, { readonly type: "refused" }> {
  return answer.type === "refused" && isSuperseded(state, answer);
}

function said(state: State): string {
  const { beating, given, generation, steered } = state;
  const { count, stage } = beating;
  const { rollout, run, typed = "" } = given.options;
  const { taken, vain = false } = steered;
  return beatText({ generation, run, count, rollout, taken, stage, doing: doing(state), typed, vain });
}

/** What the run does and at which pace, as `ship status` shows it. */
function doing(state: State): string {
  return `${deed(state)}${paceText(state)}`;
}

function deed(state: State): string {
  const { phase, steered, given } = state;
  const halt = haltOf(steered);
  const paused = halt === undefined ? "" : `paused by ${halt.by}, `;
  switch (phase.name) {
    case "changing": {
      if (isUnapproved(state, phase)) return `${paused}waiting for somebody to approve stage ${phase.stage.name}`;
      const hosts = hostsOfStage(state, phase.index);
      return `${paused}changing stage ${phase.stage.name}, ${hosts.filter(isSettled).length} of ${count(hosts.length, "host")}`;
    }
    case "baking":
      return `${paused}watching stage ${phase.stage.name}`;
    case "restoring":
      return `rolling back, ${hostsOf(state).filter((host) => host.at === "restored").length} hosts are back`;
    default:
      return `${paused}${phase.name}, ${hostsOf(state).filter(isOnRelease).length} of ${count(state.hosts.size, "host")} on ${given.plan.version}`;
  }
}
