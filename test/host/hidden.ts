import { spawnSync } from "node:child_process";

/** Runs a command where these programs of the machine's own cannot be run. */
export function without(programs: readonly string[]): readonly string[] {
  const hide = 'for name in $HIDDEN; do [ ! -e "/usr/bin/$name" ] || mount --bind /dev/null "/usr/bin/$name"; done';
  return ["unshare", "--mount", "sh", "-c", `HIDDEN="${programs.join(" ")}"; ${hide}; exec "$@"`, "sh"];
}

export const canHide = spawnSync("unshare", ["--mount", "true"]).status === 0;
