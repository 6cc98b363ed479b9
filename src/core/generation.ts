/**
 * How far ahead of its own a generation may be for a run to believe it. A host that claims more would use up the counter for
 * the whole fleet (the fast-forward attack of The Update Framework): it can only hurt itself.
 */
const believed = 1_000;

/** Is a generation so far beyond `mine` that the host that claims it is not believed? */
export function isBeyondBelief(generation: number, mine: number): boolean {
  return generation > mine + believed;
}

/** The generation for a new run: one more than the highest that is believed of the hosts. */
export function nextGeneration(seen: readonly number[]): number {
  const middle = usual(seen);
  return Math.max(0, ...seen.filter((generation) => !isBeyondBelief(generation, middle))) + 1;
}

/** The middle one of those that any run has fenced: most hosts tell the truth. A host that is new has none. */
export function usual(seen: readonly number[]): number {
  const known = seen.filter((generation) => generation > 0).sort((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)] ?? 0;
}
