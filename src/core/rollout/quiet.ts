/**
 * A host's silence, ms: when it was noticed, and when the look was due that the host gave no answer to. Of an order that it
 * gave no answer to, only the noticing is known.
 */
export type Silence = { readonly noticedAt: number; readonly since: number };

/** ms: when so much silence was noticed, and since when nobody answered: the earliest of the hosts' own. */
export type Pause = { readonly noticedAt: number; readonly silentSince: number };

/** The silence of a host that gave no answer, as is noticed now: one that was noticed before goes on. */
export function silenceAfter(before: Silence | undefined, now: number, since = now): Silence {
  return before ?? { noticedAt: now, since };
}
