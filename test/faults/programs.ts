import { existsSync, readFileSync } from "node:fs";
import { runHere } from "./run-here.ts";

/** What the simulator's programs found: lines for the scoreboard, and what is wrong. */
export type Found = { readonly lines: readonly string[]; readonly broken: readonly string[] };

type Program = {
  /** An npm script. It ends with 0 only if all is as it must be. */
  readonly name: string;
  readonly file: string;
  readonly options: (part: boolean) => readonly string[];
  /** The line of its output that sums it up. */
  readonly sum: RegExp;
};

const programs: readonly Program[] = [
  {
    name: "storm",
    file: "test/simulation/storm.ts",
    options: (part) => ["--schedules", part ? "10000" : "100000"],
    sum: /^\d+ schedules,/,
  },
  { name: "kill-points", file: "test/simulation/kill-points.ts", options: () => [], sum: /^\d+ awaits,/ },
  { name: "mutants", file: "test/mutants/run.ts", options: () => [], sum: /^\d+ of \d+ mutants/ },
];

/** Runs the storm, the kill points and the mutants one after the other, each on this terminal. */
export async function runPrograms(part: boolean): Promise<Found> {
  const found: Found[] = [];
  for (const program of programs) found.push(await runProgram(program, part));
  const lines = [...found.flatMap(({ lines }) => lines), `replayed      ${oldest()}`];
  return { lines, broken: found.flatMap(({ broken }) => broken) };
}

/** Schedules that found something once are played again in every run of the tests. */
function oldest(): string {
  const kept = readFileSync("test/simulation/seeds.txt", "utf8").split("\n");
  const seeds = kept.flatMap((line) => /^\{"seed":(\d+)/.exec(line)?.[1] ?? []);
  return `${seeds.length} schedules that once found a bug; the oldest has seed ${seeds[0] ?? "?"}`;
}

async function runProgram({ name, file, options, sum }: Program, part: boolean): Promise<Found> {
  if (!existsSync(file)) return { lines: [], broken: [`${name}: there is no ${file}`] };
  const { exit, last } = await runHere("npm", ["run", "--silent", name, "--", ...options(part)], sum);
  const [summed = "told nothing", ...more] = last.trimEnd().split("\n");
  process.stdout.write(more.map((line) => `${line}\n`).join(""));
  return { lines: [`${name.padEnd(12)}  ${summed}`], broken: exit === 0 ? [] : [`${name} ended with ${exit}`] };
}
