import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
let folder: string;

/** An application that has ship among its packages. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-sdk-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/ship"));
  const lxc = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "on" };
  writeFileSync(join(folder, "flags.json"), JSON.stringify({ flags: { lxc } }));
});

afterAll(() => rmSync(folder, { recursive: true }));

function app(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test("an application imports ship/sdk, finds its files by the environment, and ends by itself", () => {
  const file = app(
    "app.mjs",
    `import { flag, limit, metrics, problems, prometheus } from "ship/sdk";
     const sum = await limit("publish", 10, async () => 1 + 1);
     console.log(flag("lxc", false), sum, metrics().publish.passed, prometheus().includes("ship_limit_rate"));
     console.log(problems().map(({ what }) => what).join());`,
  );
  const env = { ...process.env, SHIP_FOLDER: folder };
  expect(execFileSync(process.execPath, [file], { encoding: "utf8", env })).toBe("true 2 1 true\nmissing\n");
});

test("without any file the code's own values hold", () => {
  const file = app("bare.mjs", `import { flag } from "ship/sdk"; console.log(flag("lxc", false), flag("lxc", 3));`);
  const { SHIP_FOLDER: _, ...env } = process.env;
  expect(execFileSync(process.execPath, [file], { encoding: "utf8", env })).toBe("false 3\n");
});

test("its types are there, and a flag has the type of its default", () => {
  const file = app(
    "typed.mts",
    `import { type Context, flag, limit, open, RefusedError } from "ship/sdk";
     const who: Context = { targetingKey: "a" };
     export const on: boolean = flag("lxc", false, who);
     export const count: number = await limit("publish", 10, async () => 3, { onLimit: "reject", queue: 5 });
     export const own: string = open({ folder: "a" }).flag("color", "red");
     export const refused: Error = new RefusedError("no");
     // @ts-expect-error a flag whose default is no text gives none
     export const wrong: string = flag("lxc", false);`,
  );
  const tsc = join(root, "node_modules/.bin/tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", ""];
  execFileSync(tsc, [file, ...options], { cwd: folder, encoding: "utf8" });
});

test("it needs nothing that an application does not have", () => {
  const built = readFileSync(join(root, "dist/sdk.js"), "utf8");
  const imports = [...built.matchAll(/^import .*? from "([^"]+)"/gm)].map((found) => found[1]);
  expect(imports.filter((from) => !from?.startsWith("node:"))).toEqual([]);
});
