import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { play } from "../simulation/script.ts";

const here = import.meta.dirname;
const files = readdirSync(here).filter((name) => name.endsWith(".txt"));
const titled = files.map((name) => [`${name}${cellsOf(name)}`, name] as const);

/** Each file is its commands, a line of dashes, and what comes of them; `vitest -u` writes the second half anew. */
test.each(titled)("%s", async (_title, name) => {
  const [commands = ""] = readFileSync(join(here, name), "utf8").split("----\n");
  await expect(`${commands}----\n${await play(commands)}`).toMatchFileSnapshot(join(here, name));
});

/** The cells of the fault matrix that a scenario's comment says it proves: ` (cells 45, 47)`. */
function cellsOf(name: string): string {
  const comments = readFileSync(join(here, name), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("#"));
  const found = /\(cells? [\d, ]+\)/.exec(comments.join("\n"))?.[0];
  return found === undefined ? "" : ` ${found}`;
}
