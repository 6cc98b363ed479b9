import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Execution } from "./execute.ts";

/**
 * The same command on a host whose disk is full: no file takes a byte ("File too large", for want of a disk of its own),
 * and df and stat say that there is no room.
 */
export function onFullDisk(execution: Execution): Execution {
  const programs = join(execution.home, ".full");
  return {
    home: execution.home,
    command: `trap '' XFSZ; ulimit -f 0; ${execution.command}`,
    env: { ...execution.env, PATH: `${programs}:${execution.env["PATH"]}` },
  };
}

/** Puts the programs that know of no room in their place. */
export function prepareFullDisk(home: string): void {
  const programs = join(home, ".full");
  mkdirSync(programs, { recursive: true });
  for (const [name, text] of Object.entries({ df: fullDf, stat: fullStat })) {
    writeFileSync(join(programs, name), text);
    chmodSync(join(programs, name), 0o755);
  }
}

const fullDf = `#!/bin/sh
echo 'Filesystem 1024-blocks    Used Available Capacity Mounted on'
echo 'sandbox        1048576 1048576         0     100% /'
`;

/** Blocks free and their size, files in all and free, as `stat -f -c '%a %S %c %d'` tells of a file system. */
const fullStat = `#!/bin/sh
if [ "$1" = -f ]; then echo '0 4096 0 0'; exit; fi
PATH=\${PATH#*:}
exec stat "$@"
`;
