import type { Reading } from "../core/sample.ts";
import { failed } from "./missing.ts";
import type { Reach } from "./provider.ts";

/** Output of a program, bytes; more than a page of metrics needs. */
const cap = 8 * 1024 * 1024;

/** Runs a program on this machine for one host; its output, or why there is none. Its whole group ends with the time. */
export async function runHere(
  run: string,
  within: number,
  { host, component, root }: Reach,
): Promise<string | Reading> {
  const { execa } = await import("execa");
  const subprocess = execa("sh", ["-c", run], {
    cwd: root,
    detached: true,
    reject: false,
    stdin: "ignore",
    stderr: "ignore",
    maxBuffer: cap,
    env: { SHIP_HOST: host.name, SHIP_ADDRESS: host.address, SHIP_COMPONENT: component },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(subprocess.pid);
  }, within);
  const { exitCode, stdout, isMaxBuffer, shortMessage } = await subprocess.finally(() => clearTimeout(timer));
  if (late) return failed(`the program took longer than ${within / 1000}s`);
  if (isMaxBuffer) return failed(`the program printed more than ${cap} bytes`);
  if (exitCode === 0) return stdout;
  return failed(
    exitCode === undefined ? (shortMessage ?? "the program was killed") : `the program exited with ${exitCode}`,
  );
}

/** The program leads its own group, so that what it started does not outlive its time and hold its output open. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}
