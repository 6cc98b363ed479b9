import type { Judgement } from "../core/judge.ts";
import { fullLines } from "./judgement.ts";
import { paint } from "./paint.ts";
import { plural } from "./safe.ts";

/** Every assertion with its number, its limit, its verdict and the grounds of it; the worst verdict of all in the first line. */
export function checkText(judgements: readonly Judgement[], color: boolean): string {
  const rows = judgements.map((judgement) => ({ judgement, values: [] }));
  const lines = fullLines(rows, paint(color)).map((line) => `  ${line}`);
  return `${[conclusion(judgements), ...lines].join("\n")}\n`;
}

/** What all of them say, in a sentence. */
export function conclusion(judgements: readonly Judgement[]): string {
  const deciding = judgements.filter((judgement) => !judgement.observeOnly);
  const failing = deciding.filter(({ verdict }) => verdict === "fail").length;
  const undecided = deciding.filter(({ verdict }) => verdict === "undecided").length;
  if (deciding.length === 0) return "No assertion decides anything here.";
  if (failing > 0) return `${failing} of ${plural(deciding.length, "assertion")} ${failing === 1 ? "fails" : "fail"}.`;
  if (undecided > 0) return `${undecided} of ${plural(deciding.length, "assertion")} undecided, none fails.`;
  return deciding.length === 1 ? "The assertion holds." : `All ${deciding.length} assertions hold.`;
}
