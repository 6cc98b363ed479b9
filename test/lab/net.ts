import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { signal } from "../e2e/openssh-processes.ts";

/** A network of its own for each host, for ship, and for who watches; the names are of this process and this run of it. */
export type Net = {
  /** Where ship runs. */
  readonly client: Node;
  /** Where the observer asks from: no fault between ship and a host is in its way. */
  readonly watcher: Node;
  readonly hosts: readonly Node[];
  close(): void;
};

/** A network namespace with one address, reached from all others over a bridge. */
export type Node = { readonly namespace: string; readonly address: string };

let nets = 0;

let found: boolean | undefined;

/** Can namespaces be made here, and filters in them? Tried, and not guessed: a machine may have the programs and forbid it. */
export function hasNet(): boolean {
  found ??= canMakeOne(`shiplab${process.pid}-try`);
  return found;
}

function canMakeOne(name: string): boolean {
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return false;
  const filters = spawnSync("ip", ["netns", "exec", name, "iptables", "-L", "-n"]).status === 0;
  spawnSync("ip", ["netns", "delete", name]);
  return filters;
}

/** A bridge in a namespace of its own, and `count` hosts at it. What runs that are gone left behind is removed first. */
export function openNet(count: number): Net {
  sweep();
  nets += 1;
  const prefix = `shiplab${process.pid}-${nets}-`;
  const bridge = `${prefix}sw`;
  const node = (name: string, place: number): Node => ({ namespace: `${prefix}${name}`, address: `10.9.0.${place}` });
  const client = node("cl", 1);
  const watcher = node("ob", 2);
  const hosts = Array.from({ length: count }, (_, index) => node(`h${index + 1}`, index + 11));
  const nodes = [client, watcher, ...hosts];
  const close = () => remove([bridge, ...nodes.map(({ namespace }) => namespace)]);
  try {
    const wires = nodes.map((each, index) => wire(bridge, each, `p${index}`));
    sh([`ip netns add ${bridge}`, `ip -n ${bridge} link add br0 type bridge`, up(bridge, "br0"), ...wires.flat()]);
  } catch (error) {
    close();
    throw error;
  }
  return { client, watcher, hosts, close };
}

function wire(bridge: string, { namespace, address }: Node, port: string): readonly string[] {
  return [
    `ip netns add ${namespace}`,
    `ip -n ${bridge} link add ${port} type veth peer name eth0 netns ${namespace}`,
    `ip -n ${bridge} link set ${port} master br0 up`,
    `ip -n ${namespace} addr add ${address}/16 dev eth0`,
    up(namespace, "eth0"),
    up(namespace, "lo"),
  ];
}

function up(namespace: string, device: string): string {
  return `ip -n ${namespace} link set ${device} up`;
}

/** The words to put before a command, so that it runs in a namespace, with its own pid as the child's. */
export function inside({ namespace }: Node): readonly [string, ...string[]] {
  return ["ip", "netns", "exec", namespace];
}

/** Removes the namespaces of runs whose process is gone. */
function sweep(): void {
  const names = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  remove(names.filter((name) => /^shiplab\d+-/.test(name) && !existsSync(`/proc/${ownerOf(name)}`)));
}

function ownerOf(namespace: string): string {
  return /^shiplab(\d+)-/.exec(namespace)?.[1] ?? "";
}

/** Ends whatever runs in the namespaces, and removes them; one that is not there is no matter. */
function remove(namespaces: readonly string[]): void {
  for (const namespace of namespaces.filter((name) => existsSync(`/run/netns/${name}`))) {
    signal(pidsIn(namespace), "SIGKILL");
    execFileSync("ip", ["netns", "del", namespace]);
  }
}

function pidsIn(namespace: string): readonly number[] {
  const text = execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  return text.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)]));
}

function sh(lines: readonly string[]): void {
  execFileSync("sh", ["-e"], { input: lines.join("\n"), stdio: ["pipe", "ignore", "pipe"] });
}
