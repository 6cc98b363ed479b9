import type { Event, Happening } from "./event.ts";
import { pack, unpack } from "./packed.ts";
import type { Sample } from "./sample.ts";
import type { Changed } from "./window.ts";

/** One measurement as it was judged: what was read, and which hosts had the change then. Times and durations in ms. */
export type Measurement = {
  readonly stage: string;
  readonly index: number;
  readonly bake: number;
  readonly at: number;
  /** The time between two measurements. */
  readonly every: number;
  readonly changed: Changed;
  readonly unchanged: readonly string[];
  readonly samples: readonly Sample[];
  /** What was read before in this run counts no more; left out where it does. */
  readonly anew?: true;
};

type Recorded = Extract<Happening, { readonly type: "samples.read" }>;

export function recorded({ changed, samples, ...rest }: Measurement): Recorded {
  const { since, warmup } = changed;
  return {
    type: "samples.read",
    ...rest,
    changed: Object.fromEntries(since),
    warmup,
    samples: pack(samples, rest.at),
  };
}

export function measurementOf(event: Extract<Event, { readonly type: "samples.read" }>): Measurement {
  const { stage, index, bake, at, every, unchanged, anew } = event;
  const changed = { since: new Map(Object.entries(event.changed)), warmup: event.warmup };
  const measured = { stage, index, bake, at, every, unchanged, changed, samples: unpack(event.samples, at) };
  return anew === undefined ? measured : { ...measured, anew };
}
