import { type Judgement, verdictOf } from "./judge.ts";
import type { Verdict } from "./track.ts";

/** All in ms: since the measurement began, how long it has to last, and how long weak evidence may stretch it. */
export type Watched = { readonly elapsed: number; readonly bake: number; readonly longestBake: number };

/**
 * Is the service well again, after a part was put back? It passes as a stage does: over the whole bake nothing failed, and
 * everything has its evidence by its end. undefined: it is too early to say.
 */
export function remedied(
  judgements: readonly Judgement[],
  { elapsed, bake, longestBake }: Watched,
): Verdict | undefined {
  const verdict = verdictOf(judgements);
  if (verdict === "fail") return verdict;
  if (elapsed < bake) return undefined;
  return verdict === "pass" || elapsed >= longestBake ? verdict : undefined;
}
