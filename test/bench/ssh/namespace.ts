import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs the benchmark again inside namespaces of its own (network, mounts, processes): nothing outside can reach its
 * servers, and nothing of it is left when it ends, however that is.
 */
export async function runInside(options: readonly string[]): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "ship-bench-"));
  const own = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const again = [process.execPath, process.argv[1] ?? "", "ssh", ...options, "--inside", root];
  try {
    const child = spawn("unshare", [...own, ...again], { stdio: "inherit" });
    // unshare itself heeds no other signal while it waits.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => child.kill("SIGKILL"));
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
