import { spawn } from "node:child_process";

/** What one run of a program cost. */
export type Cost = {
  /** s. */
  readonly wall: number;
  /** s of CPU, user and system, of the program and of everything below it that it waited for. */
  readonly cpu: number;
  /** MB resident at most, of the largest process among them. */
  readonly peak: number;
  readonly exit: number;
  readonly output: string;
};

export type Command = {
  readonly run: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that a measured run may end with; else it is a failure of the benchmark. Left out: 0. */
  readonly exits?: readonly number[];
};

/** wait4 gives what a child and its children used; Node has no such call. The last line of stderr is ours. */
const waiter = `import json,os,sys,time
began=time.monotonic()
child=os.spawnvp(os.P_NOWAIT,sys.argv[1],sys.argv[1:])
_,status,used=os.wait4(child,0)
print(json.dumps([time.monotonic()-began,used.ru_utime+used.ru_stime,used.ru_maxrss/1024,os.waitstatus_to_exitcode(status)]),file=sys.stderr)`;

/** Runs a program to its end. Rejects when it ends with another exit code than it may. */
export async function measured({ run, cwd, env, exits = [0] }: Command): Promise<Cost> {
  const clean = { ...process.env, ...env };
  // Where it is set, every start of Node reads a bundle of certificates first.
  delete clean["NODE_EXTRA_CA_CERTS"];
  const child = spawn("python3", ["-c", waiter, ...run], { cwd, env: clean, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (data) => {
    output = (output + data).slice(-20_000);
  });
  child.stderr.on("data", (data) => {
    errors = (errors + data).slice(-20_000);
  });
  await new Promise((resolve) => child.on("close", resolve));
  const lines = errors.trimEnd().split("\n");
  const [wall = 0, cpu = 0, peak = 0, exit = -1] = numbers(lines.at(-1) ?? "");
  if (!exits.includes(exit)) throw new Error(`${run.join(" ").slice(0, 200)} ended with ${exit}:\n${output}${errors}`);
  return { wall, cpu, peak, exit, output };
}

function numbers(line: string): readonly number[] {
  try {
    const read: unknown = JSON.parse(line);
    return Array.isArray(read) ? read.map(Number) : [];
  } catch {
    return [];
  }
}

/** Medians of each command, run in turns so that a busy moment meets all of them. `before` runs ahead of each, unmeasured. */
export async function inTurns<Name extends string>(
  repeats: number,
  commands: Readonly<Record<Name, () => Promise<Cost>>>,
): Promise<Readonly<Record<Name, Cost>>> {
  const names = Object.keys(commands) as Name[];
  const costs = new Map<Name, Cost[]>(names.map((name) => [name, []]));
  for (let turn = 0; turn < repeats; turn += 1) for (const name of names) costs.get(name)?.push(await commands[name]());
  return Object.fromEntries(names.map((name) => [name, medianOf(costs.get(name) ?? [])])) as Record<Name, Cost>;
}

function medianOf(costs: readonly Cost[]): Cost {
  return {
    wall: median(costs.map(({ wall }) => wall)),
    cpu: median(costs.map(({ cpu }) => cpu)),
    peak: Math.max(...costs.map(({ peak }) => peak)),
    exit: costs.at(-1)?.exit ?? -1,
    output: costs.at(-1)?.output ?? "",
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
