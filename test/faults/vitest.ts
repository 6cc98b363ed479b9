import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import * as z from "zod";
import { cellsOf, type Tried } from "./matrix.ts";
import type { File } from "./part.ts";
import { runHere } from "./run-here.ts";

const root = resolve("test");

/** What came of some tests: `broken` says what is wrong, and `last` is the runner's own summary, not shown yet. */
export type Tests = { readonly tried: readonly Tried[]; readonly broken: readonly string[]; readonly last: string };

type Config = "test/vitest.config.ts" | "test/lab/vitest.config.ts";

const summary = /^\W*(\[\d+m|\s)*Test Files\b/;

/** Runs these files (all, when none is named), whole: many a test goes on where the one above it ended. */
export async function runTests(config: Config, files: readonly string[]): Promise<Tests> {
  const report = resolve(`.ship/faults/${config.includes("lab/") ? "lab" : "tests"}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { exit, last } = await runHere("npx", ["vitest", "run", "--config", config, ...reporters, ...files], summary);
  return { ...read(report, exit, config), last };
}

/** Every test file, with the cells that its text names; a title made by a template may name any, so that 0 stands for it. */
export function testFiles(): readonly File[] {
  const all = readdirSync(root, { recursive: true, encoding: "utf8" });
  const names = all.filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"));
  return names.map((name) => {
    const text = readFileSync(join(root, name), "utf8");
    return { name, cells: [...cellsOf(text), ...(/\(cells? \$|cellsOf\(/.test(text) ? [0] : [])] };
  });
}

const reported = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

function read(report: string, exit: number, config: Config): Omit<Tests, "last"> {
  const { testResults } = reported.parse(JSON.parse(readFileSync(report, "utf8")));
  const tried = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => triedOf(relative(root, name), fullName, status)),
  );
  const wrong = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => `${relative(root, name)}: ${fullName}\n${shortened(failureMessages)}`),
  );
  const unread = testResults.filter(({ status, message }) => status === "failed" && message !== "");
  const broken = unread.map(({ name, message }) => `${relative(root, name)}: ${message.split("\n")[0]}`);
  return { tried, broken: exit === 0 ? broken : [...broken, ...wrong, `${config}: ${wrong.length} tests failed`] };
}

/** Said once more at the end, where whoever sees no more than the end of a long output finds it. */
function shortened(messages: readonly string[]): string {
  const said = messages.join("\n").slice(0, 2_000);
  return said.split("\n").slice(0, 20).join("\n");
}

function triedOf(file: string, title: string, status: string): Tried {
  return { file, title, state: status === "passed" || status === "failed" ? status : "skipped" };
}
