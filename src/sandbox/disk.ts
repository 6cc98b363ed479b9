import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Execution } from "./execute.ts";

/**
 * The same command on a host whose disk is full: no file takes a byte ("File too large", for want of a disk of its own),
 * and df says that there is no room.
 */
export function onFullDisk(execution: Execution): Execution {
  const programs = join(execution.home, ".full");
  return {
    home: execution.home,
    command: `trap '' XFSZ; ulimit -f 0; ${execution.command}`,
    env: { ...execution.env, PATH: `${programs}:${execution.env["PATH"]}` },
  };
}

/** Puts the df that knows of no room in its place. */
export function prepareFullDisk(home: string): void {
  const programs = join(home, ".full");
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, "df"), fullDf);
  chmodSync(join(programs, "df"), 0o755);
}

const fullDf = `#!/bin/sh
echo 'Filesystem 1024-blocks    Used Available Capacity Mounted on'
echo 'sandbox        1048576 1048576         0     100% /'
`;
