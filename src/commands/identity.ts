import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { type Holder, readHolder } from "../core/holder.ts";

/** Who runs this ship, so that another run on the same machine can see whether it still lives. */
export function holderHere(since: Date): Holder {
  return {
    user: user(),
    machine: machine(),
    pid: process.pid,
    start: startOf(process.pid) ?? "0",
    since: since.toISOString(),
    folder: process.cwd(),
  };
}

/** Who is at work, as reports say it. */
export function byHere(): string {
  return `${user()}@${hostname()}`;
}

/** A container's user may have a number and no name. */
function user(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

/** Does the process behind this holder run on this machine? undefined: it is another machine, which cannot be asked. */
export function livesHere(text: string): boolean | undefined {
  const holder = readHolder(text);
  if (holder === undefined || holder.machine !== machine()) return undefined;
  return startOf(holder.pid) === holder.start;
}

/** The host's name, with what tells one boot and one container from the next where the system says it. */
function machine(): string {
  const marks = [read("/proc/sys/kernel/random/boot_id"), link("/proc/self/ns/pid")].join(" ");
  return `${hostname()}/${createHash("sha256").update(marks).digest("hex").slice(0, 8)}`;
}

/** When a process started, in the system's own count; undefined when it does not run. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== "") return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  try {
    process.kill(pid, 0);
    return process.platform === "linux" ? undefined : "0";
  } catch {
    return undefined;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
