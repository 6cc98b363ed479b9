import type { Options } from "./options.ts";
import { type File, inOrder } from "./part.ts";
import { runTests, type Tests, testFiles } from "./vitest.ts";

/** Of a part no file of the lab is begun later than this, ms. */
const budget = 150_000;

const nothing: Tests = { tried: [], broken: [], last: "" };

/** The lab: all of it, those files that name a cell, or as many as fit, those first that show what nothing else does. */
export async function runLab({ part, cell }: Options): Promise<Tests> {
  const files = testFiles();
  const lab = files.filter(isLab);
  if (cell !== undefined) return runSome(lab, cell);
  if (!part) return runTests("test/lab/vitest.config.ts", []);
  const seed = Number(process.env["SHIP_SEED"] ?? Date.now() % 1_000_000);
  console.log(`SHIP_SEED=${seed}`);
  process.env["SHIP_SEED"] = String(seed);
  const covered = files
    .filter((file) => !isLab(file) && !file.name.startsWith("faults/"))
    .flatMap(({ cells }) => cells);
  const naming = lab.filter(({ cells }) => cells.length > 0);
  return untilLate(inOrder(naming, covered, seed));
}

async function untilLate(files: readonly File[]): Promise<Tests> {
  const began = performance.now();
  let all = nothing;
  for (const { name } of files) {
    if (performance.now() - began > budget) break;
    const { tried, broken } = await runTests("test/lab/vitest.config.ts", [inLab(name)]);
    all = { tried: [...all.tried, ...tried], broken: [...all.broken, ...broken], last: "" };
  }
  return all;
}

/** The other tests: all of them, those files that name some cell, or this one. */
export async function runRest({ tests, cell }: Options): Promise<Tests> {
  const files = testFiles().filter((file) => !isLab(file));
  if (cell !== undefined) return runSome(files, cell);
  const naming = files.filter(({ cells }) => cells.length > 0);
  return runTests("test/vitest.config.ts", tests ? [] : naming.map(({ name }) => name));
}

/** Files that name one cell, or may; what else fails in them is not asked here. */
async function runSome(files: readonly File[], cell: number): Promise<Tests> {
  const naming = files.filter(({ cells }) => cells.includes(cell));
  const some = naming.length > 0 ? naming : files.filter(({ cells }) => cells.includes(0));
  if (some.length === 0) return nothing;
  const lab = some.every(isLab);
  const config = lab ? "test/lab/vitest.config.ts" : "test/vitest.config.ts";
  return {
    ...(await runTests(
      config,
      some.map(({ name }) => (lab ? inLab(name) : name)),
    )),
    broken: [],
  };
}

function isLab({ name }: File): boolean {
  return name.startsWith("lab/");
}

function inLab(name: string): string {
  return name.slice("lab/".length);
}
