import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Keeps a list of hosts beside the journal. Where it cannot be written there is none: hosts keep it too. */
export async function keepFleetHere(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${text}\n`, { mode: 0o600 });
    await rename(draft, file);
  } catch {
    // The journal has its own warning for a folder that takes nothing.
  }
}

/** What was kept; undefined when there is nothing to read. */
export async function fleetKeptHere(file: string): Promise<string | undefined> {
  return (await readFile(file, "utf8").catch(() => undefined))?.trim();
}
