import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Where a host's commands leave their wishes for its supervisor: one file each, which goes when the wish is met. A
 * wish that cannot be met leaves a file `<name>.failed` that says why. Files, because a shell can write them.
 */
export type Wish = { readonly file: string; readonly verb: "restart" | "stop"; readonly tree: string };

export function openDesk(home: string): string {
  const desk = join(home, ".supervisor");
  mkdirSync(desk, { recursive: true });
  return desk;
}

/** The wishes that lie there, complete ones only: a draft's name starts with a dot. */
export function wishes(desk: string): readonly Wish[] {
  return names(desk).flatMap((name) => {
    const verb = /^(restart|stop)\.[0-9]+$/.exec(name)?.[1];
    if (verb !== "restart" && verb !== "stop") return [];
    const file = join(desk, name);
    return [{ file, verb, tree: content(file) }];
  });
}

export function settle(wish: Wish, failure: string | undefined): void {
  try {
    if (failure !== undefined) writeFileSync(`${wish.file}.failed`, `${failure}\n`);
    rmSync(wish.file, { force: true });
  } catch {
    // The host's folder is gone, and with it whoever waited.
  }
}

/** The program behind `bin/restart` and `bin/stop`: says its wish, and returns when it is met. */
export const wishScript = `#!/bin/sh
# Asks this host's supervisor to restart (or to stop) the app, and returns when it has.
# It then runs what \`current\` points at.
set -eu
verb=\${0##*/}
here=$(cd "$(dirname "$0")/.." && pwd -P)
desk=$HOME/.supervisor
printf '%s' "\${here%/releases/*}" >"$desk/.$$"
mv "$desk/.$$" "$desk/$verb.$$"
while [ -e "$desk/$verb.$$" ]; do sleep 0.05 2>/dev/null || sleep 1; done
[ -e "$desk/$verb.$$.failed" ] || exit 0
cat "$desk/$verb.$$.failed" >&2
rm -f "$desk/$verb.$$.failed"
exit 1
`;

function names(desk: string): readonly string[] {
  try {
    return readdirSync(desk);
  } catch {
    return [];
  }
}

function content(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
