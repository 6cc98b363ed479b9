import { existsSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";
import { runHere } from "./run-here.ts";

/** What the simulator's programs found: lines for the scoreboard, what is wrong, and all of it as they told it. */
export type Found = {
  readonly lines: readonly string[];
  readonly broken: readonly string[];
  readonly told: Readonly<Record<string, unknown>>;
};

type Program = {
  readonly name: string;
  readonly file: string;
  readonly options: (part: boolean) => readonly string[];
};

const programs: readonly Program[] = [
  {
    name: "storm",
    file: "test/simulation/storm.ts",
    options: (part) => ["--schedules", part ? "10000" : "100000"],
  },
  { name: "kill-points", file: "test/simulation/kill-points.ts", options: () => [] },
  { name: "mutants", file: "test/mutants/run.ts", options: () => [] },
];

/** Runs the storm, the kill points and the mutants one after the other, each on this terminal. */
export async function runPrograms(part: boolean): Promise<Found> {
  const found: Found[] = [];
  for (const program of programs) found.push(await runProgram(program, part));
  return {
    lines: found.flatMap(({ lines }) => lines),
    broken: found.flatMap(({ broken }) => broken),
    told: Object.assign({}, ...found.map(({ told }) => told)),
  };
}

/** Each writes what it found as one JSON object, and ends with 0 only if that is as it must be. */
async function runProgram({ name, file, options }: Program, part: boolean): Promise<Found> {
  const nothing = (why: string) => ({ lines: [], broken: [`${name}: ${why}`], told: {} });
  if (!existsSync(file)) return nothing(`there is no ${file}`);
  const report = resolve(`.ship/faults/${name}.json`);
  rmSync(report, { force: true });
  const { exit } = await runHere("npm", ["run", "--silent", name, "--", ...options(part), "--json", report]);
  if (!existsSync(report)) return nothing(`ended with ${exit} and told nothing`);
  const told = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(report, "utf8")));
  const broken = exit === 0 ? [] : [`${name} ended with ${exit}`];
  return { lines: [`${name.padEnd(12)}  ${sentence(told)}`], broken, told: { [name]: told } };
}

/** The numbers and words of the object: `schedules 10000, violations 0`. */
function sentence(told: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(told).flatMap(([key, value]) => {
    if (typeof value === "number") return [`${key} ${Math.round(value * 10) / 10}`];
    return typeof value === "string" ? [`${key} ${value}`] : [];
  });
  return parts.join(", ");
}
