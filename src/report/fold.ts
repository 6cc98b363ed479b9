import { stripVTControlCharacters } from "node:util";

/**
 * Prose folded between words at `columns`, under its own indent. A line that has a command in it stays whole: broken by
 * the terminal it can still be copied.
 */
export function folded(text: string, columns: number): string {
  return text
    .split("\n")
    .flatMap((line) => (widthOf(line) <= columns || line.includes("ship ") ? [line] : foldedLine(line, columns)))
    .join("\n");
}

/** Folded for a terminal; a pipe gets whole lines. */
export function foldedFor(output: { readonly isTTY: boolean; readonly columns: number }, text: string): string {
  return output.isTTY ? folded(text, output.columns) : text;
}

function foldedLine(line: string, columns: number): readonly string[] {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let open = "";
  for (const part of line.slice(indent.length).match(/ *[^ ]+/g) ?? []) {
    if (open !== "" && indent.length + widthOf(open + part) > columns) {
      lines.push(indent + open);
      open = part.trimStart();
    } else open += part;
  }
  return [...lines, indent + open];
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
