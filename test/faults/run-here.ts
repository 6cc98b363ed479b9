import { spawn } from "node:child_process";

/** Runs a program on this terminal; its exit code, or 128 where a signal or its absence ended it. */
export function runHere(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
  return new Promise<number>((done) => {
    child.once("error", () => done(128));
    child.once("close", (code) => done(code ?? 128));
  });
}
