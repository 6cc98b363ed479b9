import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { scenarios } from "../simulation/kill-scenarios.ts";
import { drills } from "./drills.ts";
import { patching } from "./patch.ts";
import { type Mutant, mutants } from "./table.ts";
import type { Found } from "./trial.ts";

/**
 * Builds the simulation around every mutant of the table and looks what finds it. `--most N` schedules at most; `--fresh`
 * forgets the hints and counts from the first seed on; `--hints` tries nothing else; `--only TEXT` takes the mutants whose name has it; `--json`.
 */
const words = process.argv.slice(2);
const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
const most = Number(after("--most") ?? 3_000);
const isFresh = words.includes("--fresh");
const root = process.cwd();
const folder = resolve(root, ".ship/mutants");
const run = promisify(execFile);

type Result = { readonly name: string; readonly why: string; readonly found: Found | undefined };

await mkdir(folder, { recursive: true });
const chosen = mutants.filter(({ name }) => name.includes(after("--only") ?? ""));
const sound = await built("sound", []);
const results = await twoAtATime(chosen, tried);
const survivors = results.filter(({ found }) => found === undefined);
report();
process.exitCode = survivors.length === 0 ? 0 : 1;

/** The bundle of the simulation with these patches. */
async function built(name: string, patches: Mutant["patches"]): Promise<string> {
  const outfile = resolve(folder, `${name.replace(/\W+/g, "-")}.mjs`);
  await build({
    entryPoints: [resolve(root, "test/mutants/trial.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
    outfile,
    plugins: [patching(root, patches)],
  });
  return outfile;
}

/** The hint first, then every drill and kill point, then storms; with `--fresh`, storms from the first seed on, and then those. */
async function tried({ name, why, patches, hint }: Mutant): Promise<Result> {
  const bundle = await built(name, patches);
  const made = [...drills.keys(), ...scenarios.map((scenario) => scenario.name)];
  const storms = [`1..${most}`];
  const order = isFresh ? [storms, made] : words.includes("--hints") ? [[hint]] : [[hint], made, storms];
  for (const trials of order) {
    const found = await confirmed(bundle, trials);
    if (found !== undefined) return said({ name, why, found });
  }
  return said({ name, why, found: undefined });
}

/** What the trials find does not count when it is found without any mutant too. */
async function confirmed(bundle: string, trials: readonly string[]): Promise<Found | undefined> {
  const found = await firstOf(bundle, trials);
  if (found === undefined) return undefined;
  const alsoSound = await firstOf(sound, [found.where]);
  if (alsoSound === undefined) return found;
  process.stderr.write(`not counted: ${found.where} finds something without any mutant: ${alsoSound.by}\n`);
  const rest = restOf(trials, found);
  if (rest.length === 0) return undefined;
  const next = await confirmed(bundle, rest);
  return next === undefined ? undefined : { ...next, tried: found.tried + next.tried };
}

/** The trials that come after the one that found something. */
function restOf(trials: readonly string[], { where }: Found): readonly string[] {
  const at = trials.indexOf(where.split("#")[0] ?? "");
  if (at >= 0) return trials.slice(at + 1);
  const to = trials[0]?.split("..")[1];
  return to === undefined || Number(where) >= Number(to) ? [] : [`${Number(where) + 1}..${to}`];
}

async function firstOf(bundle: string, trials: readonly string[]): Promise<Found | undefined> {
  const { stdout } = await run(process.execPath, [bundle, ...trials], { maxBuffer: 1e8 });
  const found: Found | null = JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
  return found ?? undefined;
}

function said(result: Result): Result {
  if (!words.includes("--json")) process.stdout.write(`${lineOf(result)}\n`);
  return result;
}

function lineOf({ name, found }: Result): string {
  if (found === undefined) return `${name}: SURVIVED`;
  const count = found.tried === 1 ? "1 schedule" : `${found.tried} schedules`;
  const where = /^\d+$/.test(found.where) ? `seed ${found.where}` : found.where;
  return `${name}: killed after ${count}, in ${where}, by ${found.by.slice(0, 140)}`;
}

function report(): void {
  const summary = { mutants: results.length, killed: results.length - survivors.length };
  if (words.includes("--json")) process.stdout.write(`${JSON.stringify({ ...summary, results })}\n`);
  else process.stdout.write(`${summary.killed} of ${summary.mutants} mutants killed\n`);
}

async function twoAtATime(
  items: readonly Mutant[],
  act: (item: Mutant) => Promise<Result>,
): Promise<readonly Result[]> {
  const done: Result[] = [];
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) done.push(await act(item));
  };
  await Promise.all([work(), work()]);
  return done;
}
