import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import * as z from "zod";
import type { Tried } from "./matrix.ts";
import { runHere } from "./run-here.ts";

const root = resolve("test");

/** The tests that say which cell they prove, of one of the two configurations; all cells, or one. */
export type Selection = {
  readonly config: "test/vitest.config.ts" | "test/lab/vitest.config.ts";
  readonly cell?: number | undefined;
};

/** What came of them. `broken` says in words what is wrong besides the tests that failed. */
export type Tests = { readonly tried: readonly Tried[]; readonly broken: readonly string[] };

/** Runs the selected tests, with the runner's own report on this terminal. */
export async function runTests({ config, cell }: Selection): Promise<Tests> {
  const lab = config.includes("lab/");
  const files = filesNamingCells().filter((file) => file.startsWith("lab/") === lab);
  if (files.length === 0) return { tried: [], broken: [] };
  const report = resolve(`.ship/faults/${lab ? "lab" : "tests"}.json`);
  const named = cell === undefined ? "\\(cells? \\d" : `\\(cells? [^)]*\\b${cell}\\b[^)]*\\)`;
  const filters = lab ? files.map((file) => file.slice("lab/".length)) : files;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const exit = await runHere("npx", ["vitest", "run", "--config", config, "-t", named, ...reporters, ...filters]);
  return read(report, exit);
}

/** Files whose text names a cell: the others need not be loaded at all. */
function filesNamingCells(): readonly string[] {
  const all = readdirSync(root, { recursive: true, encoding: "utf8" });
  const tests = all.filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"));
  return tests.filter((file) => /\(cells? [\d$]/.test(readFileSync(join(root, file), "utf8")));
}

const reported = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

function read(report: string, exit: number): Tests {
  const { testResults } = reported.parse(JSON.parse(readFileSync(report, "utf8")));
  const tried = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => triedOf(relative(root, name), fullName, status)),
  );
  const unread = testResults.filter(({ status, message }) => status === "failed" && message !== "");
  const broken = unread.map(({ name, message }) => `${relative(root, name)}: ${message.split("\n")[0]}`);
  const unexplained = exit !== 0 && broken.length === 0 && !tried.some(({ state }) => state === "failed");
  return { tried, broken: unexplained ? [`vitest ended with ${exit}`] : broken };
}

function triedOf(file: string, title: string, status: string): Tried {
  return { file, title, state: status === "passed" || status === "failed" ? status : "skipped" };
}
