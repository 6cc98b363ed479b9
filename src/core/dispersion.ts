import type { Counts } from "./bound.ts";
import type { Tally } from "./likelihood.ts";

/**
 * How much more the bad share varies from batch to batch than independent events would make it: 1 or more, about the mean
 * size of a cluster where bad events come together. Pearson's dispersion (McCullagh and Nelder, Generalized Linear Models,
 * 1989, 4.5.2) on differences between neighbours (von Neumann, Annals of Mathematical Statistics 12, 1941), so that a
 * change for the worse is one jump; the greatest jump of a side is left out for it.
 */
export function dispersionOf(batches: readonly Counts[]): number {
  const terms = [...jumps(batches.map(({ changed }) => changed)), ...jumps(batches.map(({ baseline }) => baseline))];
  return terms.length === 0 ? 1 : Math.max(1, terms.reduce((sum, term) => sum + term, 0) / terms.length);
}

/** The square of each step of the bad share over what it would be on average, were the events independent; not the greatest. */
function jumps(tallies: readonly Tally[]): readonly number[] {
  const all = tallies.flatMap((before, at) => {
    const now = tallies[at + 1];
    if (now === undefined || now.all === 0 || before.all === 0) return [];
    const share = (before.bad + now.bad) / (before.all + now.all);
    if (share === 0 || share >= 1) return [];
    const step = now.bad / now.all - before.bad / before.all;
    return [step ** 2 / (share * (1 - share) * (1 / before.all + 1 / now.all))];
  });
  return all.sort((a, b) => a - b).slice(0, -1);
}
