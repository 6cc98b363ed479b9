import { printable } from "../core/escape.ts";

/** Something in the config that is not as it should be, with its place. `line` and `column` count from 1. */
export type Complaint = {
  /** As it is shown: relative to where ship was started, when it lies below. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line's text; empty when the complaint is about a file as a whole. */
  readonly source: string;
  readonly message: string;
  readonly expected: string | undefined;
  readonly nearest: string | undefined;
};

/** A complaint as plain text, several lines: what and where, the line with a caret, what was expected, the nearest word. */
export function complaintText(complaint: Complaint): string {
  const { file, line, column, message, expected, nearest } = complaint;
  return [
    oneLine(`${file}:${line}:${column}: ${message}`),
    ...excerpt(complaint),
    ...(expected === undefined ? [] : [oneLine(`  expected ${expected}`)]),
    ...(nearest === undefined ? [] : [oneLine(`  did you mean "${nearest}"?`)]),
  ].join("\n");
}

/** A complaint about a file as a whole. */
export function about(file: string, message: string, expected?: string): Complaint {
  return { file, line: 1, column: 1, source: "", message, expected, nearest: undefined };
}

/** Longest piece of a line that is shown: more would wrap, and the caret would point at nothing. */
const widest = 110;

function excerpt({ source, column }: Complaint): string[] {
  if (source.trim() === "") return [];
  const start = Math.max(0, Math.min(column - 1, column - 1 - widest + 20));
  const piece = source.slice(start, start + widest);
  return [`  ${oneLine(piece)}`, `  ${" ".repeat(oneLine(piece.slice(0, column - 1 - start)).length)}^`];
}

/** Tabs become one space, so that the caret still points, and what could steer or hide is shown as its code. */
function oneLine(text: string): string {
  return printable(text.replaceAll("\t", " "));
}
