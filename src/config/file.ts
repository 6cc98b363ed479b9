import { readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { about } from "./complaint.ts";
import { type Parsed, parseYaml } from "./document.ts";

/** Largest file that is read, bytes. */
const largest = 1024 * 1024;

const configName = "ship.config.yaml";

/** The config to use: the one that is named, or the nearest `ship.config.yaml` from `cwd` upwards; absolute. */
export async function findConfig(file: string | undefined, cwd: string): Promise<string | undefined> {
  if (file !== undefined) return resolve(cwd, file);
  const here = join(cwd, configName);
  if (await exists(here)) return here;
  return dirname(cwd) === cwd ? undefined : findConfig(undefined, dirname(cwd));
}

/** A YAML file, or complaints about it. Files above 1 MiB, and what is not UTF-8 text, are refused. */
export async function readYaml(path: string, cwd: string): Promise<Parsed> {
  const shown = shownPath(path, cwd);
  const refuse = (message: string): Parsed => ({ document: undefined, complaints: [about(shown, message)] });
  try {
    const { size } = await stat(path);
    if (size > largest) return refuse(`the file has ${size} bytes; ${largest} are the most that ship reads`);
    return parseYaml(shown, new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path)));
  } catch (error) {
    return refuse(reason(error));
  }
}

/** Relative to where ship was started when it lies below, else absolute. */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
}

function reason(error: unknown): string {
  if (error instanceof TypeError) return "the file is not UTF-8 text";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  return `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
