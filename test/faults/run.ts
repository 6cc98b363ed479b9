import { writeFileSync } from "node:fs";
import { styleText } from "node:util";
import { groups } from "./cells.ts";
import { type Judged, judge, score } from "./matrix.ts";
import { notes } from "./notes.ts";
import { type Options, readOptions } from "./options.ts";
import { runPrograms } from "./programs.ts";
import { showMatrix } from "./show.ts";
import { lacking } from "./surroundings.ts";
import { runTests } from "./vitest.ts";

/** How many of the cells must have survived; where the lab cannot run at all, that many cannot. */
const bar = 72;

const colours = { survived: "green", FAILED: "red", "no test": "yellow", "not testable here": "yellow" } as const;

async function main(options: Options): Promise<number> {
  const started = Date.now();
  const absent = lacking();
  if (!options.part) process.env["SHIP_ALL"] = "1";
  const unit = await runTests({ config: "test/vitest.config.ts", cell: options.cell });
  const lab = await runTests({ config: "test/lab/vitest.config.ts", cell: options.cell });
  const programs = options.cell === undefined ? await runPrograms(options.part) : { lines: [], broken: [], told: {} };
  const judged = judge({ groups, notes, tried: [...unit.tried, ...lab.tried], lacking: absent }).filter(
    ({ cell }) => options.cell === undefined || cell.number === options.cell,
  );
  const broken = [...unit.broken, ...lab.broken, ...programs.broken, ...shortOf(judged, absent, options)];
  const lines = [...showMatrix(groups, judged, paint), "", ...sums(judged), ...programs.lines];
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  const end = [...absent.map((line) => `not here: ${line}`), ...broken.map((line) => `NOT RIGHT: ${line}`)];
  console.log([...lines, ...end, `${minutes} minutes`].join("\n"));
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ judged, ...programs, broken, absent }));
  return broken.length === 0 ? 0 : 1;
}

function paint(state: Judged["state"], text: string): string {
  return process.stdout.isTTY ? styleText(colours[state], text) : text;
}

function shortOf(judged: readonly Judged[], absent: readonly string[], { cell }: Options): readonly string[] {
  const { survived, failed, cells } = score(judged);
  const needed = cell === undefined ? bar : cells;
  return [
    ...(failed === 0 ? [] : [`${failed} cells failed`]),
    ...(survived >= needed || absent.length > 0 ? [] : [`${survived} cells survived, and ${needed} must`]),
  ];
}

function sums(judged: readonly Judged[]): readonly string[] {
  const { survived, failed, cells, byPlace } = score(judged);
  const places = Object.entries(byPlace).map(([place, count]) => `${place} ${count}`);
  return [`cells         ${survived} of ${cells} survived, ${failed} failed; by where: ${places.join(", ")}`];
}

process.exitCode = await main(readOptions(process.argv.slice(2)));
