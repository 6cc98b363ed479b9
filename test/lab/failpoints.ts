import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The programs by which a host's state changes on its disk. */
const durable = ["sync", "mv", "ln", "rm", "mkdir"] as const;

/** `before` and `after`: whoever calls is held there for ever, until the power goes. `full`: the call fails, as on a full disk. */
export type Failure = "before" | "after" | "full";

export type Failpoints = {
  /** The folder that has to come first in PATH. */
  readonly folder: string;
  /** Counts from here on, and fails at the call of this number. */
  arm(at: number, how: Failure): void;
  /** Calls since, as `mv -f a b`. */
  calls(): readonly string[];
  /** Has it struck? A fault that was not injected does not count. */
  struck(): boolean;
  untilStruck(signal: AbortSignal): Promise<void>;
};

/**
 * Stand-ins that count their calls, whoever makes them, and fail at one. `real` finds the program that they stand for;
 * `within` is where they find themselves, in case that is another name of the folder.
 */
export function createFailpoints(folder: string, real: (program: string) => string, within = folder): Failpoints {
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, `.${name}`);
  for (const program of durable) {
    writeFileSync(join(folder, program), standIn(within, program, real(program)));
    chmodSync(join(folder, program), 0o755);
  }
  const struck = () => existsSync(file("struck"));
  return {
    folder,
    struck,
    arm(at, how) {
      for (const name of ["log", "struck"]) rmSync(file(name), { force: true });
      writeFileSync(file("count"), "0\n");
      writeFileSync(file("at"), `${at} ${how}\n`);
    },
    calls: () => (existsSync(file("log")) ? readFileSync(file("log"), "utf8").trimEnd().split("\n") : []),
    async untilStruck(signal) {
      while (!struck() && !signal.aborted) await sleep(5);
    },
  };
}

function standIn(folder: string, program: string, real: string): string {
  return `#!/bin/dash
exec 8>>${folder}/.lock
flock 8
read -r count <${folder}/.count
count=$((count + 1))
echo "$count" >${folder}/.count
echo "${program} $*" >>${folder}/.log
exec 8>&-
read -r at how <${folder}/.at
[ "$count" = "$at" ] || exec ${real} "$@"
case $how in
  before) : >${folder}/.struck; exec sleep 100000 ;;
  after) ${real} "$@"; : >${folder}/.struck; exec sleep 100000 ;;
  full) : >${folder}/.struck; echo "${program}: No space left on device" >&2; exit 1 ;;
esac
`;
}
