import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";

/** From the repository's root, where the tests are run: the fault matrix asks from a bundle that lies elsewhere. */
const folder = join(process.cwd(), "test/sdk/openfeature");

/** Installs it, of the versions that its lockfile names; nothing of it runs while it is installed. */
export const installOpenFeature = "npm run openfeature";

/** No dependency of ship brings it; in CI it must be there, see machine.ts. */
export function hasOpenFeature(): boolean {
  return existsSync(join(folder, "node_modules/@openfeature/flagd-provider"));
}

export type Question = {
  /** By name, what the application falls back on: it says the flag's type. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly contexts: readonly Readonly<Record<string, unknown>>[];
};

const Answers = z.object({
  answers: z.array(z.object({ value: z.unknown(), variant: z.string().optional(), reason: z.string() })),
});

/** How each flag came out in each context, the flags of the first context first. */
export type Answered = z.infer<typeof Answers>["answers"];

/** An application with OpenFeature's server SDK and flagd's provider in its offline file mode, in a process of its own. */
export type Reader = {
  ask(question: Question): Promise<Answered>;
  close(): Promise<void>;
};

export function startReader(file: string): Reader {
  const child = spawn(process.execPath, ["read.mjs", file], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith('{"answers"')) waiting.shift()?.(line);
  });
  return {
    async ask(question) {
      const answer = new Promise<string>((resolve, reject) => {
        waiting.push(resolve);
        void ended.then(() => reject(new Error("the application ended")));
      });
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return Answers.parse(JSON.parse(await answer)).answers;
    },
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
