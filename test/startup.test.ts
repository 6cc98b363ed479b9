import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";

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

/** A copy of what is built. */
function copied(): { readonly folder: string; readonly code: string } {
  const folder = mkdtempSync(join(tmpdir(), "ship-startup-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ["bin", "dist", "package.json"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  const [code = "", ...more] = readdirSync(join(folder, "dist")).filter((name) => name.endsWith(".code"));
  expect(more).toEqual([]);
  return { folder, code: join(folder, "dist", code) };
}

/** What a Node that has not seen the bundle yet makes of the code that is kept of it. */
const judge = `
const { Script } = require("node:vm"), { readFileSync, existsSync } = require("node:fs");
const [bundle, code] = process.argv.slice(1);
const text = "(function(exports,require,module,__filename,__dirname){" + readFileSync(bundle, "latin1") + "\\n})";
console.log(new Script(text, { filename: bundle, cachedData: readFileSync(code) }).cachedDataRejected);`;

test("what was compiled for a plan at the build is what this Node takes", () => {
  const { folder, code } = copied();
  const bundle = join(folder, "dist/line.cjs");
  expect(execFileSync(process.execPath, ["-e", judge, bundle, code], { encoding: "utf8" })).toBe("false\n");
});

test.each([
  ["is gone", (code: string) => rmSync(code)],
  ["is not code", (code: string) => writeFileSync(code, "no code")],
  ["is cut off", (code: string) => writeFileSync(code, readFileSync(code).subarray(0, 100_000))],
])("ship works all the same where that %s", (_, spoil) => {
  const { folder, code } = copied();
  spoil(code);
  const told = execFileSync(process.execPath, [join(folder, "bin/ship"), "explain", "ssh"], { encoding: "utf8" });
  expect(told).toContain("How hosts are reached.");
});
