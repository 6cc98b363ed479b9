import type { Came } from "../origin.ts";
import { nameOf, type Progress } from "./progress.ts";
import type { State } from "./state.ts";

/** How a release's bytes are on their way. */
export type Bytes = {
  /** Hosts that have the archive itself, so that they can pass it on. */
  readonly holders: ReadonlySet<string>;
  /** Those that do or were asked to, with the address that they said. `left`: how many more may be sent there. */
  readonly relays: ReadonlyMap<string, { readonly url: string | undefined; readonly left: number }>;
  /** Hosts that were sent to a relay for it, and to which. */
  readonly takes: ReadonlyMap<string, string>;
  /** Hosts that could not pass it on; those that had nothing to fetch it with; and how often it was passed on. */
  readonly barred: ReadonlySet<string>;
  readonly unable: ReadonlySet<string>;
  readonly passed: number;
  /** Bytes a second that the uplink was told last to keep to; undefined while it keeps to the config's. */
  readonly rate: number | undefined;
  /** What was told last of how far it is: bytes that had left here, hosts that had theirs, and when (ms). */
  readonly told: { readonly sent: number; readonly placed: number; readonly at: number };
};

export const noBytes: Bytes = {
  holders: new Set(),
  relays: new Map(),
  takes: new Map(),
  barred: new Set(),
  unable: new Set(),
  passed: 0,
  rate: undefined,
  told: { sent: 0, placed: 0, at: 0 },
};

/** The relay that a host is to take its bytes from. One that has to be asked again is sent them from here. */
export function relayOf({ bytes }: State, host: Progress): string | undefined {
  return host.tries === 0 ? bytes.takes.get(nameOf(host)) : undefined;
}

/** What a host's answer says of relays: it can be one now; and the one that it took its bytes from gave them, or did not. */
export function cameTo(state: State, host: Progress, came: Came | undefined): State {
  if (state.given.component.spread !== true || came === undefined || came.from === "there") return state;
  const holders = new Set(state.bytes.holders).add(nameOf(host));
  const now = { ...state, bytes: { ...state.bytes, holders } };
  const relay = relayOf(state, host);
  if (relay === undefined || came.from === "kept") return now;
  if (came.from === "relay") return { ...now, bytes: { ...now.bytes, passed: now.bytes.passed + 1 } };
  return came.untried === true ? spare(now, relay, host) : bar(now, relay);
}

/** The relay that a host could not even ask waits for another in its place. */
function spare(state: State, name: string, host: Progress): State {
  const { relays, unable } = state.bytes;
  const relay = relays.get(name);
  const spared = relay === undefined ? relays : new Map(relays).set(name, { ...relay, left: relay.left + 1 });
  return { ...state, bytes: { ...state.bytes, relays: spared, unable: new Set(unable).add(nameOf(host)) } };
}

/** No host is sent to this one any more. */
export function bar(state: State, relay: string): State {
  const relays = new Map(state.bytes.relays);
  relays.delete(relay);
  return { ...state, bytes: { ...state.bytes, relays, barred: new Set(state.bytes.barred).add(relay) } };
}

/** The stage whose hosts get their bytes now: a bake is the time for those of the next one. */
export function stageOfBytes({ phase }: State): number | undefined {
  if (phase.name === "changing") return phase.index;
  return phase.name === "baking" ? phase.index + 1 : undefined;
}
