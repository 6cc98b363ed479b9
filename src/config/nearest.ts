import { closestMatch } from "leven";

/** The known word that was probably meant, when one is near enough: two letters may differ, of long words three. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const words = [...known];
  const folded = words.find((candidate) => plain(candidate) === plain(word));
  const maxDistance = word.length < 3 ? 1 : word.length < 9 ? 2 : 3;
  return folded ?? closestMatch(word, words, { maxDistance });
}

/** `maxUnavailable`, `max-unavailable` and `max_unavailable` are one word to a reader. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, "");
}
