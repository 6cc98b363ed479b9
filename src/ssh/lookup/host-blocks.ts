import { readdir, readFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { matchesPatterns } from "../trust/known-hosts.ts";

/** The patterns of each `Host` line. */
export type HostBlocks = readonly (readonly string[])[];

/** How deep files may include each other, as in ssh. */
const deepest = 16;

/**
 * Of ssh_config files and of what they include; undefined where something else decides too (`Match`, an Include with
 * tokens), or a file cannot be read.
 */
export async function readHostBlocks(files: readonly string[]): Promise<HostBlocks | undefined> {
  return joined(await Promise.all(files.map((file) => blocksOf(file, baseOf(file), 0))));
}

type Blocks = HostBlocks | undefined;

/** Where the relative paths in a file start: for a user's own in ~/.ssh of the password file, wherever it lies itself. */
function baseOf(file: string): string {
  const { homedir: own } = userInfo();
  const isUsers = [own, homedir()].some((home) => file.startsWith(`${home}/`));
  return isUsers ? join(own, ".ssh") : dirname(file);
}

function joined(parts: readonly Blocks[]): Blocks {
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? known.flat() : undefined;
}

async function blocksOf(file: string, folder: string, depth: number): Promise<Blocks> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined || depth > deepest) return undefined;
  return joined(await Promise.all(text.split("\n").map((line) => blocksIn(line, folder, depth))));
}

async function blocksIn(line: string, folder: string, depth: number): Promise<Blocks> {
  const [, word = "", value = ""] = /^\s*"?([A-Za-z]\w*)"?(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
  const words = value.replaceAll('"', "").split(/\s+/);
  switch (word.toLowerCase()) {
    case "host":
      // ssh takes `#` for the beginning of a comment, and single quotes and backslashes off; older ones do not.
      return /[#'\\]/.test(value) ? undefined : [words];
    case "match":
      return value.toLowerCase() === "all" ? [] : undefined;
    case "include":
      return included(words, folder, depth);
    default:
      return [];
  }
}

async function included(words: readonly string[], folder: string, depth: number): Promise<Blocks> {
  const files = await Promise.all(words.map((word) => filesOf(word, folder)));
  if (files.includes(undefined)) return undefined;
  return joined(
    await Promise.all(files.flatMap((some) => some ?? []).map((file) => blocksOf(file, folder, depth + 1))),
  );
}

/** The files that a word of Include names: stars and question marks may stand in the last part. */
async function filesOf(word: string, folder: string): Promise<readonly string[] | undefined> {
  const whole = word.replace(/^~(?=\/)/, () => userInfo().homedir);
  if (/[~%$[{]/.test(whole) || /[*?]/.test(dirname(whole))) return undefined;
  const path = isAbsolute(whole) ? whole : join(folder, whole);
  const names = await readdir(dirname(path)).catch(() => []);
  return names.filter((name) => matchesPatterns([basename(path)], name)).map((name) => join(dirname(path), name));
}
