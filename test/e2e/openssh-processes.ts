import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Sends a signal to processes that may have ended meanwhile. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** The sshd processes below a listening one: each connection has one, or two where privileges are separated. */
export function sessionsOf(listener: number | undefined): readonly number[] {
  if (listener === undefined) return [];
  const children = parents();
  const direct = children.filter(({ parent }) => parent === listener).map(({ pid }) => pid);
  const below = children.filter(({ parent, name }) => direct.includes(parent) && name.startsWith("sshd"));
  return [...direct, ...below.map(({ pid }) => pid)];
}

function parents(): readonly { pid: number; parent: number; name: string }[] {
  return processes().flatMap((pid) => {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
    return name === undefined ? [] : [{ pid, parent: Number(parent), name }];
  });
}

/** What commands left running on the hosts: they carry the rig's own folder in their environment or stand in it. */
export function leftovers(root: string): readonly number[] {
  return processes().filter((pid) => {
    if (pid === process.pid) return false;
    return (
      read(`/proc/${pid}/environ`).split("\0").includes(`SHIP_RIG=${root}`) || folder(pid).startsWith(`${root}/hosts/`)
    );
  });
}

/** What stands in a folder or below it. */
export function standingIn(path: string): readonly number[] {
  return processes().filter((pid) => pid !== process.pid && `${folder(pid)}/`.startsWith(`${path}/`));
}

/** Ends what is found, until nothing is: what was killed may still write, and may have started something meanwhile. */
export async function endAll(find: () => readonly number[]): Promise<void> {
  for (let left = find(); left.length > 0; left = find()) {
    signal(left, "SIGKILL");
    await sleep(20);
  }
}

function processes(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function folder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
