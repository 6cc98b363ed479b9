import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A machine that is a process tree: its power can be cut, which ends all of it at one instant, and it can boot. */
export type Machine = {
  /** The command that brings another one into it. */
  enter(): readonly string[];
  /** Every process is gone when this resolves; none of them had time for a last word. */
  powerOff(): Promise<void>;
  start(): Promise<void>;
};

/** Are process namespaces allowed here? */
export function hasNamespaces(): boolean {
  return process.getuid?.() === 0 && spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;
}

/** The kernel itself ends a process namespace when its first process dies. */
export function createMachine(): Machine {
  let starter: ChildProcess | undefined;
  let first = 0;
  return {
    enter: () => ["nsenter", "-t", String(first), "-p", "-m", "--"],
    async start() {
      starter = spawn("unshare", ["--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL", "sleep", "infinity"]);
      first = await firstProcess(starter.pid ?? 0);
    },
    async powerOff() {
      if (starter === undefined || starter.exitCode !== null) return;
      const ended = new Promise((resolve) => starter?.once("exit", resolve));
      process.kill(first, "SIGKILL");
      await ended;
      starter = undefined;
    },
  };
}

/** It has mounted its own /proc when it has become what it was to be. */
async function firstProcess(starter: number): Promise<number> {
  for (let turn = 0; turn < 500; turn += 1) {
    const children = `/proc/${starter}/task/${starter}/children`;
    const pid = existsSync(children) ? Number(readFileSync(children, "utf8")) : 0;
    if (pid > 0 && readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n") return pid;
    await sleep(10);
  }
  throw new Error("a process namespace did not come up");
}
