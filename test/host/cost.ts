import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation, Order } from "../../src/core/host.ts";
import { token } from "../../src/core/host.ts";
import type { Shell } from "./local-transport.ts";
import { createRig, type Rig } from "./rig.ts";

/** The operation, and how many processes its program made on the host, subshells too, until it answered. */
export type Spent = readonly [name: string, processes: number];

/** In a namespace of its own the kernel numbers processes from 1 on, so that the last number says how many there were. */
const counter = `"$@"
code=$?
cat /proc/sys/kernel/ns_last_pid >"$SPENT"
exit "$code"`;

/** The shell that counts, the one that reads the program, and the cat. */
const ours = 3;

function counted(file: string): readonly string[] {
  return ["unshare", "--pid", "--fork", "--mount-proc", "env", `SPENT=${file}`, "sh", "-c", counter, "sh"];
}

export function canCount(): boolean {
  const [program = "", ...words] = counted("/dev/null");
  return spawnSync(program, [...words, "true"]).status === 0;
}

/** Asks a host what a rollout, another one and the way back ask it, in their order; throws where an answer is not the one wanted. */
export async function spend(shell: Shell): Promise<readonly Spent[]> {
  const rig = createRig(shell);
  const file = join(rig.transport.home(rig.host), "spent");
  const spent: Spent[] = [];
  const ask = async (name: string, operation: Operation) => {
    rig.transport.faults = { enter: counted(file) };
    const answer = await rig.ask(operation);
    rig.transport.faults = {};
    if (!wanted.has(answer.type)) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    spent.push([name, Number(readFileSync(file, "utf8")) - ours]);
  };
  try {
    await rollouts(rig, ask);
  } finally {
    await rig.close();
  }
  return spent;
}

const wanted: ReadonlySet<string> = new Set(["done", "observed", "health", "heard", "processes"]);

type Ask = (name: string, operation: Operation) => Promise<void>;

async function rollouts(rig: Rig, ask: Ask): Promise<void> {
  let sequence = 0;
  const order = (name: string, order: Order, generation = 1) =>
    ask(name, { ...order, claim: { generation, run: `run${generation}`, sequence: ++sequence } });
  const health = {
    check: { how: { type: "exec", run: "true" }, within: 1, for: 1, proof: "none" },
    process: { type: "folder" },
  } as const;
  const [first, second] = ["v1", "v2"].map((version) => rig.release(version, { hello: version }, { activate: "true" }));
  if (first === undefined || second === undefined) return;
  const into = async (packed: typeof first, attempt: number, from: string) => {
    const target = packed.release.name;
    const rollout = `r${attempt}`;
    await order("arm", { type: "arm", rollout, attempt, target, from, lease: 60 }, attempt);
    await order("switch", { type: "switch", attempt }, attempt);
    await order("activate", { type: "activate", attempt }, attempt);
    await ask("check", { type: "check", ...health });
    await order("confirm", { type: "confirm", rollout, attempt }, attempt);
    await order("prove", { type: "prove", target }, attempt);
  };
  const fence = async (generation: number) => {
    const expect = token((await rig.observe()).record);
    await order("fence", { type: "fence", rollout: `r${generation}`, expect, holder: "me" }, generation);
  };
  await ask("observe, nothing there", { type: "observe" });
  await fence(1);
  await order("place", { type: "place", ...first });
  await into(first, 1, "");
  await order("close", { type: "close", rollout: "r1", page: "{}", over: true, keep: 5 });
  await ask("observe", { type: "observe" });
  await ask("observe with health", { type: "observe", health });
  await fence(2);
  await order("place", { type: "place", ...second }, 2);
  await order("place, there already", { type: "place", ...second }, 2);
  await into(second, 2, first.release.name);
  await ask("beat", { type: "beat", generation: 2, run: "run2", text: "1" });
  await fence(3);
  await order("direct", { type: "direct", direction: "rollback", bad: "" }, 3);
  await order("revert", { type: "revert", attempt: 3, to: first.release.name }, 3);
  await order("close, and forget", { type: "close", rollout: "r3", page: "{}", over: true, keep: 1 }, 3);
}
