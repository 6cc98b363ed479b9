import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { play } from "../simulation/script.ts";

const here = import.meta.dirname;
const files = readdirSync(here).filter((name) => name.endsWith(".txt"));

/** Each file is its commands, a line of dashes, and what comes of them; `vitest -u` writes the second half anew. */
test.each(files)("%s", async (name) => {
  const [commands = ""] = readFileSync(join(here, name), "utf8").split("----\n");
  await expect(`${commands}----\n${await play(commands)}`).toMatchFileSnapshot(join(here, name));
});
