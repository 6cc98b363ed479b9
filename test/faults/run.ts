import { writeFileSync } from "node:fs";
import { styleText } from "node:util";
import { groups } from "./cells.ts";
import { type Judged, judge, score } from "./matrix.ts";
import { notes } from "./notes.ts";
import { type Options, readOptions } from "./options.ts";
import { type Found, runPrograms } from "./programs.ts";
import { showMatrix } from "./show.ts";
import { lacking } from "./surroundings.ts";
import { runLab, runRest } from "./tests.ts";
import type { Tests } from "./vitest.ts";

/** How many of the cells must have survived; less those whose tests this machine cannot run. */
const bar = 72;

const colours = { survived: "green", FAILED: "red", "no test": "yellow", "not testable here": "yellow" } as const;

async function main(options: Options): Promise<number> {
  const started = Date.now();
  const absent = lacking();
  if (!options.part) process.env["SHIP_ALL"] = "1";
  const { tests, found } = await runAll(options);
  const judged = judge({ groups, notes, tried: tests.flatMap(({ tried }) => tried), lacking: absent }).filter(
    ({ cell }) => options.cell === undefined || cell.number === options.cell,
  );
  const broken = [...tests.flatMap((each) => each.broken), ...found.broken, ...shortOf(judged, absent, options)];
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  const end = [...absent.map((line) => `not here: ${line}`), ...broken.map((line) => `NOT RIGHT: ${line}`)];
  console.log([...showMatrix(groups, judged, paint), "", ...sums(judged), ...found.lines, ...end].join("\n"));
  console.log(`${minutes} minutes\n\n${tests.at(-1)?.last ?? ""}`);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ judged, ...found, broken, absent }));
  return broken.length === 0 ? 0 : 1;
}

/** The lab, which mostly waits, beside the programs, which mostly reckon; then the tests, which do both. */
async function runAll(options: Options): Promise<{ tests: readonly Tests[]; found: Found }> {
  const programs = options.cell === undefined ? runPrograms(options.part) : { lines: [], broken: [] };
  const [lab, found] = await Promise.all([runLab(options), programs]);
  return { tests: [lab, await runRest(options)], found };
}

function paint(state: Judged["state"], text: string): string {
  return process.stdout.isTTY ? styleText(colours[state], text) : text;
}

/** Of a part, cells whose tests it left out are not missed; where the machine lacks something, those that it cannot test. */
function shortOf(judged: readonly Judged[], absent: readonly string[], { cell, part }: Options): readonly string[] {
  const { survived, failed, cells } = score(judged);
  const left = part ? counted(judged, "no test") : 0;
  const untestable = absent.length > 0 ? counted(judged, "not testable here") : 0;
  const needed = (cell === undefined ? bar : cells) - left - untestable;
  return [
    ...(failed === 0 ? [] : [`${failed} cells failed`]),
    ...(survived >= needed ? [] : [`${survived} cells survived, and ${needed} must`]),
  ];
}

function counted(judged: readonly Judged[], which: Judged["state"]): number {
  return judged.filter(({ state }) => state === which).length;
}

function sums(judged: readonly Judged[]): readonly string[] {
  const { survived, failed, cells, byPlace } = score(judged);
  const places = Object.entries(byPlace).map(([place, count]) => `${place} ${count}`);
  return [`cells         ${survived} of ${cells} survived, ${failed} failed; by where: ${places.join(", ")}`];
}

const asked = readOptions(process.argv.slice(2));
if (typeof asked === "string") process.stderr.write(`${asked}\n`);
process.exitCode = typeof asked === "string" ? 2 : await main(asked);
