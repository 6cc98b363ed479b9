import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { configTable } from "../src/config/manual.ts";
import { exits } from "../src/core/error.ts";

const path = resolve(import.meta.dirname, "../README.md");
const readme = readFileSync(path, "utf8");
const region = /(<!-- config table: npm run readme -->\n)[\s\S]*?(<!-- end -->)/;

test("the config table is the schema's own (npm run readme writes it)", () => {
  const made = readme.replace(region, (_, start: string, end: string) => `${start}\n${configTable()}\n\n${end}`);
  if (process.env["UPDATE_README"] === "1") writeFileSync(path, made);
  else expect(readme).toBe(made);
});

test("every command and every exit code is in it", () => {
  const shown = Object.entries(commands).filter(([, command]) => command.hidden !== true);
  expect(
    shown.map(([name]) => name).filter((name) => !readme.includes(`ship ${name}`) && !readme.includes(`[${name}]`)),
  ).toEqual([]);
  expect(Object.entries(exits).filter(([name, code]) => !readme.includes(`| ${code} | ${name} |`))).toEqual([]);
});
