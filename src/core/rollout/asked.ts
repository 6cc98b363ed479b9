/**
 * ms: since when the stage waits for somebody to approve it, and since when for hosts to be compared before its last ones are
 * changed; undefined before that.
 */
export type Asking = { readonly askedAt: number | undefined; readonly comparesSince: number | undefined };

/** After a pause a wait that was begun has its whole time again: what the pause left of it may be nothing. */
export function askedAnew<Asked extends Asking>(phase: Asked, now: number): Asked {
  const anew = (since: number | undefined) => (since === undefined ? undefined : now);
  return { ...phase, askedAt: anew(phase.askedAt), comparesSince: anew(phase.comparesSince) };
}
