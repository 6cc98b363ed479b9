import { spawn } from "node:child_process";

/** How a program ended: its exit code (128 where a signal or its absence ended it), and the words held back. */
export type Ended = { readonly exit: number; readonly last: string };

/**
 * Runs a program and shows what it says as it says it; from the first line that `holds` on, its words are held back, to
 * be shown at the end of everything.
 */
export function runHere(program: string, args: readonly string[], holds?: RegExp): Promise<Ended> {
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: "1" } : process.env;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], env });
  const held: string[] = [];
  let rest = "";
  const take = (line: string) => {
    if (held.length > 0 || holds?.test(line)) held.push(line);
    else process.stdout.write(line);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith("\n") ? "" : (lines.pop() ?? "");
    for (const line of lines) take(line);
  });
  return new Promise((done) => {
    child.once("error", () => done({ exit: 128, last: "" }));
    child.once("close", (code) => {
      take(rest);
      done({ exit: code ?? 128, last: held.join("") });
    });
  });
}
