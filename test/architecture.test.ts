import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const src = resolve(import.meta.dirname, "../src");

/** DESIGN section 8: which folder may import from which, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ["core", "artifacts", "metrics", "changes"],
  artifacts: ["core"],
  ssh: ["core"],
  host: ["core"],
  changes: ["core", "host"],
  journal: ["core"],
  metrics: ["core"],
  engine: ["core", "host", "changes", "metrics", "artifacts", "journal"],
  report: ["core"],
  sandbox: ["core"],
  sdk: [],
  commands: [
    "core",
    "config",
    "changes",
    "artifacts",
    "ssh",
    "host",
    "journal",
    "metrics",
    "engine",
    "report",
    "sandbox",
    "sdk",
  ],
};

/** Packages that each folder may use; what is not named here is not used at all. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ["zod", "yaml", "execa", "leven", "brace-expansion", "parse-duration", "@marcbachmann/cel-js"],
  artifacts: ["zod", "execa", "semver", "p-retry", "leven"],
  ssh: ["ssh2", "execa"],
  host: [],
  changes: [],
  journal: [],
  metrics: ["zod", "execa", "parse-duration"],
  engine: [],
  report: ["listr2", "chalk"],
  sandbox: ["ssh2", "zod"],
  sdk: [],
  commands: ["chalk", "commander", "parse-duration", "picomatch", "zod"],
  "main.ts": [],
};

type Import = { readonly file: string; readonly folder: string; readonly from: string };

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const imports: readonly Import[] = files.flatMap((file) =>
  importsOf(readFileSync(join(src, file), "utf8")).map((from) => ({ file, folder: folderOf(file), from })),
);

function importsOf(text: string): readonly string[] {
  const written = /(?:^import (?:[^"';]*? from )?|^export (?:\*|(?:type )?\{[^}]*\}) from |\bimport\()"([^"]+)"/gm;
  return [...text.matchAll(written)].flatMap((found) => found[1] ?? []);
}

function withoutComments(file: string): string {
  return readFileSync(join(src, file), "utf8").replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, "");
}

function folderOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function packageOf(from: string): string {
  return from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");
}

describe("who imports whom", () => {
  test("every folder stands in the table", () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => folder !== "main.ts").sort()).toEqual(
      Object.keys(mayImport).sort(),
    );
  });

  test("folders import only from where they may", () => {
    const wrong = imports.filter(({ file, folder, from }) => {
      if (!from.startsWith(".") || from.endsWith("package.json")) return false;
      const target = folderOf(relative(src, resolve(src, dirname(file), from)));
      if (folder === "main.ts") return !["commands", "core", "config"].includes(target);
      return target !== folder && !(mayImport[folder] ?? []).includes(target);
    });
    expect(wrong).toEqual([]);
  });

  test("packages are used only where they belong (cell 14)", () => {
    const wrong = imports.filter(({ folder, from }) => {
      if (from.startsWith(".") || from.startsWith("node:")) return false;
      return !(mayUse[folder] ?? []).includes(packageOf(from));
    });
    expect(wrong).toEqual([]);
  });

  test("core knows no runtime: no node:, no clock, no chance, no promise", () => {
    expect(imports.filter(({ folder, from }) => folder === "core" && from.startsWith("node:"))).toEqual([]);
    const impure = files
      .filter((file) => folderOf(file) === "core")
      .filter((file) =>
        /\b(Date\.now|new Date\(\)|Math\.random|async |await |setTimeout|process\.)/.test(withoutComments(file)),
      );
    expect(impure).toEqual([]);
  });

  test("relative imports do not go round in circles between folders", () => {
    const edges = new Set(
      imports
        .filter(({ from }) => from.startsWith("."))
        .map(({ file, folder, from }) => `${folder}>${folderOf(relative(src, resolve(src, dirname(file), from)))}`),
    );
    const both = [...edges].filter((edge) => {
      const [a, b] = edge.split(">");
      return a !== b && edges.has(`${b}>${a}`);
    });
    expect(both).toEqual([]);
  });
});

test("folders are at most two deep, and no file is a heap", () => {
  expect(files.filter((file) => file.split("/").length > 3)).toEqual([]);
  expect(files.filter((file) => /(^|\/)(utils|helpers?|common|types)\.ts$/.test(file))).toEqual([]);
  const long = files.filter((file) => readFileSync(join(src, file), "utf8").split("\n").length > 251);
  expect(long).toEqual([]);
});
