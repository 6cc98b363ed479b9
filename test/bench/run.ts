import { isMainThread } from "node:worker_threads";
import * as evidence from "./evidence.ts";
import * as sdk from "./sdk.ts";
import * as ssh from "./ssh.ts";

/** A benchmark prints what it measured. It may start this file again in worker threads, with options of its own for `work`. */
type Bench = {
  readonly about: string;
  readonly bench: (options: readonly string[]) => Promise<void>;
  readonly work: (options: readonly string[]) => void;
};

const benches: Readonly<Record<string, Bench>> = { evidence, sdk, ssh };

function choices(): string {
  const lines = Object.entries(benches).map(([name, { about }]) => `  npm run bench -- ${name}   ${about}`);
  return ["Which benchmark? There are:", ...lines, ""].join("\n");
}

const [name = "", ...options] = process.argv.slice(2);
const chosen = benches[name];
if (chosen === undefined) {
  process.stderr.write(choices());
  process.exitCode = 2;
} else if (isMainThread) await chosen.bench(options);
else chosen.work(options);
