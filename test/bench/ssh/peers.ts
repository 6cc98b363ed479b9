import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { type Cost, measured } from "./measure.ts";
import { homeOf } from "./project.ts";
import type { Rig } from "./rig.ts";

/** A list of host addresses, one a line, and how many there are. */
export type Hosts = { readonly rig: Rig; readonly count: number };

export function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v "$1"`, "sh", program], { stdio: "ignore" }).status === 0;
}

/** The smallest Node program: what no client on ssh2 can be cheaper than. */
export function bareLoop({ rig, count }: Hosts, command = "true"): Promise<Cost> {
  const script = resolve("test/bench/ssh/bare.mjs");
  return run(rig, [process.execPath, script, rig.list(count), rig.key, rig.user, command]);
}

export function bySsh(rig: Rig, address: string, options: readonly string[] = []): Promise<Cost> {
  return run(rig, ["ssh", "-n", ...options, address, "true"]);
}

/** Widths are those at which each was fastest: facts about this kind of machine say 64. */
export function byXargs({ rig, count }: Hosts): Promise<Cost> {
  return run(rig, ["xargs", "-a", rig.list(count), "-P", "64", "-I{}", "ssh", "-n", "{}", "true"]);
}

export function byClush({ rig, count }: Hosts): Promise<Cost> {
  return run(rig, ["clush", "-f", "64", "--hostfile", rig.list(count), "true"]);
}

export function byPssh({ rig, count }: Hosts): Promise<Cost> {
  return run(rig, ["parallel-ssh", "-p", "64", "-h", rig.list(count), "true"]);
}

export function byAnsible({ rig, count }: Hosts): Promise<Cost> {
  return run(rig, ["ansible", "all", "-i", inventory(rig, count), "-m", "raw", "-a", "true", "-f", "50"], ansible(rig));
}

/** Runs a playbook on so many hosts. */
export function byPlaybook({ rig, count }: Hosts, text: string, forks: number): Promise<Cost> {
  const file = join(rig.root, "playbook.yaml");
  writeFileSync(file, text);
  return run(rig, ["ansible-playbook", "-i", inventory(rig, count), "-f", String(forks), file], ansible(rig));
}

function inventory(rig: Rig, count: number): string {
  const file = join(rig.root, "inventory");
  const lines = Array.from({ length: count }, (_, at) => `h${at} ansible_host=${rig.address(at)}\n`);
  writeFileSync(file, lines.join(""));
  return file;
}

/** Connections that stay open between tasks, and modules that are piped: what makes Ansible fast. */
function ansible(rig: Rig): Readonly<Record<string, string>> {
  return {
    ANSIBLE_PIPELINING: "True",
    ANSIBLE_GATHERING: "explicit",
    ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/python3",
    ANSIBLE_SSH_ARGS: `-o ControlMaster=auto -o ControlPersist=60s -o ControlPath=${rig.root}/client/%h`,
  };
}

function run(rig: Rig, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Cost> {
  return measured({ run: words, cwd: rig.root, env: { ...homeOf(rig), ...env } });
}

/** Runs a line of sh as a peer. */
export function byShell(rig: Rig, line: string): Promise<Cost> {
  return run(rig, ["sh", "-c", line]);
}

const versions: Readonly<Record<string, readonly string[]>> = {
  ssh: ["ssh", "-V"],
  "ansible-core": ["ansible", "--version"],
  clustershell: ["clush", "--version"],
  pssh: ["parallel-ssh", "--version"],
};

/** The machine, the date and the peers, with what is absent. */
export function surroundings(): string {
  const found = Object.entries(versions).map(([name, words]) => `${name} ${versionOf(words)}`);
  const { version } = JSON.parse(readFileSync("node_modules/ssh2/package.json", "utf8"));
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  return `${new Date().toISOString().slice(0, 16)}Z, ${machine}, commit ${commit}\nssh2 ${version}, ${found.join(", ")}\n`;
}

function versionOf([program = "", ...words]: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) return "is absent";
  return /\d+(\.\d+)+\w*/.exec(`${stdout}${stderr}`)?.[0] ?? "?";
}
