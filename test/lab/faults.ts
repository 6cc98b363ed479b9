import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { signal } from "../e2e/openssh-processes.ts";
import type { Lab, LabHost } from "./lab.ts";
import { inside, type Node } from "./net.ts";

/** A fault that is in force until it is lifted, and how often it has struck: one that never struck does not count. */
export type Fault = { readonly struck: () => number; readonly lift: () => void };

/**
 * Which packets: `orders` go to a host's sshd (what is asked never runs), `answers` come from it (what is asked runs, and
 * nobody hears of it).
 */
export type Direction = "orders" | "answers";

/** Packets vanish, as in a network that is split. */
export function drop(hosts: readonly LabHost[], directions: readonly Direction[]): Fault {
  return rules(hosts, directions, ["DROP"]);
}

/** Every packet to the host's sshd is answered with a reset. */
export function reset(hosts: readonly LabHost[]): Fault {
  return rules(hosts, ["orders"], ["REJECT", "--reject-with", "tcp-reset"]);
}

/** The processes of the host's connections stand still: their peer hears nothing more, while TCP goes on. */
export function freeze(lab: Lab, host: LabHost): Fault {
  const pids = lab.sessions(host);
  signal(pids, "SIGSTOP");
  return { struck: () => pids.filter((pid) => stateOf(pid) === "T").length, lift: () => signal(pids, "SIGCONT") };
}

const chains: Readonly<Record<Direction, readonly [chain: string, port: string]>> = {
  orders: ["INPUT", "--dport"],
  answers: ["OUTPUT", "--sport"],
};

function rules(hosts: readonly LabHost[], directions: readonly Direction[], target: readonly string[]): Fault {
  const made = hosts.flatMap(({ node }) => directions.map((direction) => rule(node, direction, target)));
  return {
    struck: () => made.reduce((sum, one) => sum + one.struck(), 0),
    lift: () => {
      for (const one of made) one.lift();
    },
  };
}

function rule(node: Node, direction: Direction, target: readonly string[]): Fault {
  const [chain, port] = chains[direction];
  const words = [chain, "-p", "tcp", port, "22", "-j", ...target];
  const iptables = (args: readonly string[]) => run([...inside(node), "iptables", ...args]);
  iptables(["-I", ...words]);
  let struck = 0;
  let lifted = false;
  const count = () => packets(iptables(["-L", chain, "-n", "-v", "-x"]), target[0] ?? "");
  return {
    struck: () => (lifted ? struck : count()),
    lift: () => {
      if (lifted) return;
      struck = count();
      lifted = true;
      iptables(["-D", ...words]);
    },
  };
}

/** Packets that the first rule with this target took. */
function packets(listing: string, target: string): number {
  const line = listing.split("\n").find((each) => each.includes(` ${target} `)) ?? "";
  return Number(/^\s*(\d+)/.exec(line)?.[1] ?? 0);
}

function run([command = "", ...words]: readonly string[]): string {
  return execFileSync(command, words, { encoding: "utf8" });
}

/** A process' state as /proc has it: `T` is stopped. */
export function stateOf(pid: number): string {
  try {
    return /^\d+ \(.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1] ?? "";
  } catch {
    return "";
  }
}
