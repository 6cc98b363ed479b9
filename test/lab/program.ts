import { type ChildProcess, spawn } from "node:child_process";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { inside, type Node } from "./net.ts";

/** A program of the lab that runs in another network than the test, and answers each line that it is sent with one. */
export type Program = {
  /** Sends a value, and gives the answer to it; rejects when the program has ended. */
  ask(question: unknown): Promise<unknown>;
};

/** Starts `file` in `node`'s network; `settings` is its first argument, as JSON. It ends with its network. */
export function startProgram(node: Node, root: string, file: URL, settings: unknown): Program {
  const outfile = join(root, `${basename(file.pathname, ".ts")}.mjs`);
  const entryPoints = [fileURLToPath(file)];
  buildSync({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" });
  const [command, ...words] = inside(node);
  const child = spawn(command, [...words, process.execPath, outfile, JSON.stringify(settings)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return { ask: asking(child) };
}

type Waiting = { readonly answer: (value: unknown) => void; readonly fail: (error: Error) => void };

function asking({ stdin, stdout }: ChildProcess): Program["ask"] {
  if (stdin === null || stdout === null) throw new Error("a program of the lab has no pipes");
  const waiting: Waiting[] = [];
  const lines = createInterface({ input: stdout });
  lines.on("line", (line) => waiting.shift()?.answer(JSON.parse(line)));
  lines.on("close", () => {
    for (const { fail } of waiting.splice(0)) fail(new Error("a program of the lab has ended"));
  });
  stdin.on("error", () => undefined);
  return (question) =>
    new Promise((answer, fail) => {
      waiting.push({ answer, fail });
      stdin.write(`${JSON.stringify(question)}\n`);
    });
}
