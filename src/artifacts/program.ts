import { open } from "node:fs/promises";

/** How a program ended: `code` is undefined when a signal or the deadline ended it, or when it is not installed. */
export type Ran = {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** In words, to stand after the program's name: `ended with 3`. */
  readonly ended: string;
};

export type Running = {
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** ms, after which it is killed. */
  readonly within: number;
  /** Files for its output, when there may be much; `stdout` and `stderr` are empty then. */
  readonly out?: string;
  readonly err?: string;
};

/** Runs a program without a terminal. Never rejects for what the program does. */
export async function run(program: string, args: readonly string[], how: Running): Promise<Ran> {
  const { execa } = await import("execa");
  const result = await execa(program, args, {
    cwd: how.cwd,
    env: how.env,
    extendEnv: false,
    timeout: how.within,
    reject: false,
    stdin: "ignore",
    stdout: how.out === undefined ? "pipe" : { file: how.out },
    stderr: how.err === undefined ? "pipe" : { file: how.err },
  });
  return {
    code: result.exitCode,
    stdout: result.stdout ?? "",
    stderr: result.stderr ?? "",
    ended: inWords(result, how),
  };
}

type Result = {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut: boolean;
  readonly code?: string | undefined;
};

function inWords(result: Result, how: Running): string {
  if (result.timedOut) return `was stopped after ${how.within / 1000} s`;
  if (result.signal !== undefined) return `was ended by ${result.signal}`;
  if (result.exitCode !== undefined) return `ended with ${result.exitCode}`;
  return result.code === "ENOENT" ? "is not installed" : "could not be started";
}

/** The last lines of a file that are not empty, from its last 16 KiB. */
export async function lastLines(path: string, most: number): Promise<readonly string[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 16_384);
    const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
    const lines = buffer.toString("utf8").split(/\r?\n/);
    return lines.filter((line) => line.trim() !== "").slice(-most);
  } finally {
    await file.close();
  }
}
