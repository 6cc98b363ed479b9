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

/**
 * Does the process behind this holder run on this machine? undefined: it is another machine, which cannot be asked, or the
 * process is stopped (Ctrl-Z, SIGSTOP), of which nobody knows whether it ever goes on: only its signs of life tell.
 */
export function livesHere(text: string): boolean | undefined {
  const holder = readHolder(text);
  if (holder === undefined || holder.machine !== machine()) return undefined;
  if (startOf(holder.pid) !== holder.start) return false;
  return isStopped(holder.pid) ? undefined : true;
}

/** The host's name, with what tells one boot and one container from the next where the system says it. */
function machine(): string {
  const marks = [read("/proc/sys/kernel/random/boot_id"), link("/proc/self/ns/pid")].join(" ");
  return `${hostname()}/${createHash("sha256").update(marks).digest("hex").slice(0, 8)}`;
}

function isStopped(pid: number): boolean {
  return statOf(pid)[0] === "T";
}

/** When a process started, in the system's own count; undefined when it does not run. */
function startOf(pid: number): string | undefined {
  const start = statOf(pid)[19];
  if (start !== undefined) return start;
  try {
    process.kill(pid, 0);
    return process.platform === "linux" ? undefined : "0";
  } catch {
    return undefined;
  }
}

/** What /proc says of a process, from its state on; empty where there is none, or no /proc. */
function statOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat === "" ? [] : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
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
