import type { Group } from "./cells.ts";
import type { Judged } from "./matrix.ts";

const width = 120;

type Paint = (state: Judged["state"], text: string) => string;

/** The matrix as lines of at most 120 columns: a row a cell, and below it what must be known besides. */
export function showMatrix(groups: readonly Group[], judged: readonly Judged[], paint: Paint): readonly string[] {
  return groups.flatMap(({ letter, name, cells }) => {
    const rows = judged.filter(({ cell }) => cells.includes(cell));
    return rows.length === 0 ? [] : ["", `${letter}. ${name}`, ...rows.flatMap((row) => showRow(row, paint))];
  });
}

function showRow(row: Judged, paint: Paint): readonly string[] {
  const { cell, state, where, tests } = row;
  const fault = cell.fault.padEnd(58);
  const seen = where.join(", ").padEnd(33);
  const line = `${String(cell.number).padStart(4)}  ${fault}  ${state.padEnd(8)}  ${seen} ${tests.length || ""}`;
  return [paint(state, line.trimEnd()), ...remarks(row).flatMap(indented)];
}

function remarks({ cell, state, tests, note }: Judged): readonly string[] {
  const broken = tests.filter(({ state }) => state === "failed");
  const skipped = tests.filter(({ state }) => state === "skipped");
  return [
    ...(note.design === undefined ? [] : [`DESIGN: ${note.design}`]),
    ...(note.unseen === undefined ? [] : [`not shown here: ${note.unseen}`]),
    ...(state === "survived" ? [] : [`owed: ${cell.owed}`]),
    ...broken.map(({ file, title }) => `failed: ${file}: ${title}`),
    ...skipped.map(({ file, title }) => `skipped: ${file}: ${title}`),
  ];
}

/** Wrapped at the width, each line under the row's fault. */
function indented(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width - 6) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `      ${each}`);
}
