import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** Everything that main.js loads before it runs: its static imports, and theirs. */
function closure(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const found of text.matchAll(/(?:^|[;\n])(?:import|export)[^;"'()]*?["'](\.[^"']+)["']/g))
    closure(join(dirname(file), found[1] ?? ""), seen);
  return seen;
}

/** Names that only the libraries' own code has. */
const marks = {
  ssh2: "diffie-hellman-group14-sha256",
  zod: "invalid_union",
  yaml: "YAMLParseError",
  listr2: "ListrError",
  execa: "ExecaError",
  cel: "unknown_variable",
  semver: "Invalid SemVer",
  tar: "TAR_ENTRY",
  commander: "showSuggestionAfterError",
  chalk: "visibleTextOnly",
};

test("nothing but ship's own is loaded to start", () => {
  const loaded = [...closure(join(root, "dist/main.js"))].map((file) => readFileSync(file, "utf8")).join("\n");
  expect(
    Object.entries(marks)
      .filter(([, mark]) => loaded.includes(mark))
      .map(([name]) => name),
  ).toEqual([]);
  expect(loaded).toContain("This is a bug in ship.");
});

test("ship version prints its version, and so do -V and a bare --version", () => {
  const run = (...argv: string[]) =>
    execFileSync(process.execPath, [join(root, "bin/ship"), ...argv], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(run("version")).toBe(`ship ${version}\n`);
  expect(run("-V")).toBe(`ship ${version}\n`);
  expect(run("--version")).toBe(`ship ${version}\n`);
  expect(JSON.parse(run("version", "--json"))).toMatchObject({ type: "command.ended", version, exit: 0 });
});
