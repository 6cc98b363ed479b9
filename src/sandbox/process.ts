import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process, told apart from a later one that was given the same pid. `started` is opaque. */
export type Identity = { readonly pid: number; readonly started: string };

/** When a process started, as the kernel says it; undefined when there is none (a zombie is none). */
export function startOf(pid: number): string | undefined {
  return existsSync("/proc/self/stat") ? startInProc(pid) : startByPs(pid);
}

export function isAlive(identity: Identity): boolean {
  return startOf(identity.pid) === identity.started;
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signal(identity: Identity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch {
    return false;
  }
}

/** Waits for its end, `within` ms at most; true when it has ended. */
export async function ended(identity: Identity, within: number): Promise<boolean> {
  const deadline = performance.now() + within;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Clock ticks since boot, the 22nd field of proc(5)'s stat; the second may hold spaces and brackets. */
function startInProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const text = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return text === "" || text.startsWith("Z") ? undefined : text.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}
