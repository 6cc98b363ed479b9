import { printable } from "../core/escape.ts";
import { type Fold, folds } from "../core/words.ts";

/** Host-born text for one line of any screen or log: escaped, its lines joined, and cut at `room` characters. */
export function safe(text: string, room = 300): string {
  if (text.length <= room && plain.test(text)) return text;
  const shown = printable(text.trim().replace(/\s*\n\s*/g, " / "), { ci: true });
  return shown.length <= room ? shown : `${shown.slice(0, room - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** What is safe anywhere, as nearly every name is: a large fleet's are looked at once. */
const plain = /^[a-zA-Z0-9._-]*$/;

/** The last `most` lines of a host's output, escaped; says how many were left out. */
export function safeTail(log: string, most: number): readonly string[] {
  const lines = printable(log.trimEnd(), { ci: true, lines: true }).split("\n");
  if (lines.length <= most) return lines.filter((line, i) => line !== "" || i > 0);
  return [`… ${lines.length - most} lines before`, ...lines.slice(lines.length - most)];
}

/**
 * Host names folded into ranges, escaped; what does not fit into `room` characters is counted instead. Escaped after
 * the folding too: `##1` and `##2` fold to what GitHub takes for a command.
 */
export function hostsText(names: readonly string[], room = 120): string {
  const groups = folds(names.map((name) => safe(name, 120))).map(({ text, count }) => ({ text: safe(text), count }));
  const shown = fitting(groups, room);
  const rest = groups.slice(shown.length).reduce((sum, group) => sum + group.count, 0);
  const text = shown.map((group) => group.text).join(", ");
  if (rest === 0) return text;
  return text === "" ? plural(rest, "host") : `${text} and ${rest} more`;
}

/** `1 host`, `3 hosts`. */
export function plural(n: number, word: string): string {
  return `${n} ${n === 1 ? word : `${word}s`}`;
}

function fitting(groups: readonly Fold[], room: number): readonly Fold[] {
  const shown: Fold[] = [];
  let used = 0;
  for (const group of groups) {
    used += group.text.length + 2;
    if (used > room) break;
    shown.push(group);
  }
  return shown;
}
