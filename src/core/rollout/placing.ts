import type { Answer } from "../host.ts";
import { bar, relayOf, stageOfBytes } from "./bytes.ts";
import { ask } from "./change.ts";
import { hostsOfStage } from "./hosts.ts";
import { isHalted, lanesIn } from "./pacing.ts";
import { isPlacing, isWaiting, nameOf, type Progress } from "./progress.ts";
import { hostIn } from "./roster.ts";
import { and, announce, each, type Reduced, type State, stay } from "./state.ts";

/** So many copies of a stage's bytes are sent from here before its hosts pass them on. */
export const copiesFromHere = 3;

/** So many hosts at once take them from one that passes them on. */
export const takersAtOnce = 3;

/** After so many hosts that could not pass them on or not fetch them, and none that could, all are sent from here. */
const inVain = 3;

/**
 * Brings the bytes to a stage's hosts: before its turn, while the stage before it bakes; no more at once than there are
 * lanes. Where they are spread, it begins with a few copies from here; then each host that has the archive passes it on to
 * three others of its stage: they wait for their turn as well, so that no host that is being judged has its numbers
 * disturbed. Which host takes from which follows from the plan's order alone.
 */
export function placing(state: State, index: number): Reduced {
  const waiting = hostsOfStage(state, index, isWaiting);
  if (waiting.length === 0) return stay(state);
  const coming = hostsOfStage(state, index, isPlacing);
  const lanes = Math.max(0, lanesIn(state) - coming.length);
  const hosts = hostsOfStage(state, index);
  if (!isSpread(state, hosts)) return fromHere(state, waiting.slice(0, lanes));
  return spread(withoutIdle(state, hosts, coming), { hosts, coming, waiting: waiting.slice(0, lanes) });
}

/** Goes on with that: as soon as there is a lane, or somebody passes them on. Nothing is begun while the rollout stands still. */
export function bringing(state: State): Reduced {
  const index = stageOfBytes(state);
  const isStill = state.pause !== undefined || isHalted(state);
  return index === undefined || isStill ? stay(state) : placing(state, index);
}

function fromHere(state: State, hosts: readonly Progress[]): Reduced {
  return each(state, hosts, (now, host) => ask(now, host, "placing"));
}

function isSpread(state: State, hosts: readonly Progress[]): boolean {
  return state.given.component.spread === true && hosts.length > copiesFromHere && !isHopeless(state);
}

function isHopeless({ bytes }: State): boolean {
  return bytes.barred.size + bytes.unable.size >= inVain && bytes.passed === 0;
}

type Spread = {
  readonly hosts: readonly Progress[];
  readonly coming: readonly Progress[];
  readonly waiting: readonly Progress[];
};

function spread(state: State, { hosts, coming, waiting }: Spread): Reduced {
  const able = hosts.filter((host) => canPassOn(state, host));
  const direct = coming.filter((host) => relayOf(state, host) === undefined);
  const copies = Math.max(0, copiesFromHere - able.length - direct.length);
  const [first, rest] = [waiting.slice(0, copies), waiting.slice(copies)];
  return and(
    and(fromHere(state, first), (now) => fromRelays(now, rest)),
    (now) => askRelays(now, able, rest),
  );
}

function canPassOn({ bytes }: State, host: Progress): boolean {
  return bytes.holders.has(nameOf(host)) && !bytes.barred.has(nameOf(host)) && host.at !== "unknown" && !host.bad;
}

/** A host that has passed it on to all that were sent to it may be asked anew; those of a stage before no longer listen. */
function withoutIdle(state: State, hosts: readonly Progress[], coming: readonly Progress[]): State {
  const busy = new Set(coming.map((host) => relayOf(state, host)));
  const here = new Set(hosts.map(nameOf));
  const relays = [...state.bytes.relays].filter(([name, { left }]) => here.has(name) && (left > 0 || busy.has(name)));
  return { ...state, bytes: { ...state.bytes, relays: new Map(relays) } };
}

/** Sends hosts to those that listen for them already. */
function fromRelays(state: State, waiting: readonly Progress[]): Reduced {
  let rest = waiting;
  return each(state, [...state.bytes.relays], (now, [name, relay]) => {
    const takers = relay.url === undefined ? [] : rest.slice(0, relay.left);
    rest = rest.slice(takers.length);
    const relays = new Map(now.bytes.relays).set(name, { ...relay, left: relay.left - takers.length });
    const takes = new Map([...now.bytes.takes, ...takers.map((host) => [nameOf(host), name] as const)]);
    return fromHere({ ...now, bytes: { ...now.bytes, relays, takes } }, takers);
  });
}

/** Asks as many more hosts to pass it on as those that still wait need. */
function askRelays(state: State, able: readonly Progress[], waiting: readonly Progress[]): Reduced {
  const open = [...state.bytes.relays.values()].reduce((sum, { left }) => sum + left, 0);
  const left = waiting.filter((host) => hostIn(state.hosts, nameOf(host))?.at === "waiting").length - open;
  const idle = able.filter((host) => !state.bytes.relays.has(nameOf(host)));
  const asked = idle.slice(0, Math.max(0, Math.ceil(left / takersAtOnce)));
  return each(state, asked, (now, host) => {
    const wanted = left - takersAtOnce * asked.indexOf(host);
    return askRelay(now, host, Math.min(takersAtOnce, wanted));
  });
}

function askRelay(state: State, host: Progress, takes: number): Reduced {
  const relays = new Map(state.bytes.relays).set(nameOf(host), { url: undefined, left: takes });
  return {
    state: { ...state, bytes: { ...state.bytes, relays } },
    effects: [{ type: "pass-on", host: nameOf(host), takes }],
  };
}

/** What a host said that was asked to pass the bytes on: where it does, or that it cannot. */
export function passing(state: State, name: string, answer: Answer): Reduced {
  const known = state.bytes.relays.get(name);
  if (known === undefined) return stay(state);
  if (answer.type !== "serving") return unable(state, name, answer);
  const relays = new Map(state.bytes.relays).set(name, { ...known, url: answer.url });
  return stay({ ...state, bytes: { ...state.bytes, relays } });
}

function unable(state: State, name: string, answer: Answer): Reduced {
  const now = bar(state, name);
  if (!isHopeless(now) || isHopeless(state)) return stay(now);
  const text = `Bytes are sent from here to all hosts, as those that have them cannot pass them on (${name}: ${reasonOf(answer)}).`;
  return { state: now, effects: [announce({ type: "warned", text, hint: undefined })] };
}

function reasonOf(answer: Answer): string {
  if ("detail" in answer) return answer.detail;
  return "reason" in answer ? answer.reason : answer.type;
}
