import type { Part, Standing } from "./change-set.ts";
import type { Judgement } from "./judge.ts";

/** `api v414`, `flag:lxc on`. */
export function partText({ change, version }: Pick<Part, "change" | "version">): string {
  return `${change} ${version}`;
}

/** Which parts went back, as a sentence. */
export function putBackText(parts: readonly Part[], standings: readonly Standing[]): string {
  const those = (wanted: Standing) =>
    parts.filter((_, index) => standings[index] === wanted).map(({ change }) => change);
  const back = those("back");
  const astray = those("astray");
  return [
    back.length === 0 ? "" : `Put back: ${back.join(", ")}.`,
    astray.length === 0 ? "" : `Not wholly back: ${astray.join(", ")}.`,
  ]
    .filter((text) => text !== "")
    .join(" ");
}

/** What stands in the way of calling the service well, as a sentence. */
export function evidenceText(judgements: readonly Judgement[]): string {
  const open = judgements.filter(({ verdict, observeOnly }) => verdict !== "pass" && !observeOnly);
  if (judgements.length === 0) return "nothing is asserted of it.";
  if (open.length === 0) return "every assertion holds.";
  return `${open.map(({ assertion, verdict, causes }) => `${assertion}: ${causes[0]?.detail ?? verdict}`).join("; ")}.`;
}
