import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import * as z from "zod";
import type { Tried } from "./matrix.ts";
import { runHere } from "./run-here.ts";

const root = resolve("test");

/** Files with tests, of one of the two configurations. Whole files: many a test goes on where the one above it ended. */
export type Selection = {
  readonly config: "test/vitest.config.ts" | "test/lab/vitest.config.ts";
  /** Every file; those that name some cell; or those that name this one, where other tests do not count. */
  readonly of: "all" | "cells" | number;
};

/** What came of them: `broken` says in words what is wrong, and `last` is the runner's own summary, not shown yet. */
export type Tests = { readonly tried: readonly Tried[]; readonly broken: readonly string[]; readonly last: string };

const summary = /^\W*(\[\d+m|\s)*Test Files\b/;

/** Runs the selected tests, and shows all that their runner says but its summary. */
export async function runTests({ config, of }: Selection): Promise<Tests> {
  const lab = config.includes("lab/");
  const files = of === "all" ? [] : filesNaming(of).filter((file) => file.startsWith("lab/") === lab);
  if (of !== "all" && files.length === 0) return { tried: [], broken: [], last: "" };
  const report = resolve(`.ship/faults/${lab ? "lab" : "tests"}.json`);
  rmSync(report, { force: true });
  const filters = lab ? files.map((file) => file.slice("lab/".length)) : files;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { exit, last } = await runHere("npx", ["vitest", "run", "--config", config, ...reporters, ...filters], summary);
  const { tried, broken } = read(report, exit, config);
  return { tried, broken: typeof of === "number" ? [] : broken, last };
}

/** Files whose text names a cell; a title that is made by a template may name any. */
function filesNaming(cell: "cells" | number): readonly string[] {
  const all = readdirSync(root, { recursive: true, encoding: "utf8" });
  const tests = all.filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"));
  const named = cell === "cells" ? /\(cells? [\d$]/ : new RegExp(`\\(cells? ([^)]*\\b${cell}\\b[^)]*\\)|\\$)`);
  return tests.filter((file) => named.test(readFileSync(join(root, file), "utf8")));
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

function read(report: string, exit: number, config: string): Omit<Tests, "last"> {
  const { testResults } = reported.parse(JSON.parse(readFileSync(report, "utf8")));
  const tried = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => triedOf(relative(root, name), fullName, status)),
  );
  const unread = testResults.filter(({ status, message }) => status === "failed" && message !== "");
  const broken = unread.map(({ name, message }) => `${relative(root, name)}: ${message.split("\n")[0]}`);
  const failed = tried.filter(({ state }) => state === "failed").length;
  return { tried, broken: exit === 0 ? broken : [...broken, `${config}: ${failed} tests failed`] };
}

function triedOf(file: string, title: string, status: string): Tried {
  return { file, title, state: status === "passed" || status === "failed" ? status : "skipped" };
}
