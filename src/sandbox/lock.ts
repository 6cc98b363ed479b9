import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, startOf } from "./process.ts";

/** Runs `work` while this process alone holds `file`. A holder that died without letting go is passed over. */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mine = `${process.pid} ${startOf(process.pid)?.replaceAll(" ", "_")} ${randomUUID()}`;
  while (!take(file, mine)) {
    clearIfDead(file);
    await sleep(30);
  }
  try {
    return await work();
  } finally {
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

/** A link appears with its content complete, and fails when the name is taken: creating and then writing has a gap. */
function take(file: string, mine: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, mine);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moved away before it is removed: of two that see the same dead holder, one may meet a fresh lock, and gives it back. */
function clearIfDead(file: string): void {
  const seen = read(file);
  if (seen === undefined || holderLives(seen)) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== seen) linkSync(aside, file);
  } catch {
    // Somebody else was quicker; the next try sees what is there now.
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderLives(text: string): boolean {
  const [pid = "", started = ""] = text.split(" ");
  return isAlive({ pid: Number(pid), started: started.replaceAll("_", " ") });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
