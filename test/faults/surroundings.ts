import { spawnSync } from "node:child_process";
import { leftOut } from "../machine.ts";

/** What the lab needs of this machine and does not get, a line each; nothing on a machine that allows all of it. */
export function lacking(): readonly string[] {
  return [...leftOut(), ...noNamespaces(), ...noContainers()];
}

function noNamespaces(): readonly string[] {
  const name = `ship-probe-${process.pid}`;
  const added = works("ip", ["netns", "add", name]);
  const runs = added && works("ip", ["netns", "exec", name, "iptables", "-L", "-n"]);
  if (added) works("ip", ["netns", "delete", name]);
  return runs ? [] : ["hosts in network namespaces of their own: ip netns and iptables do not work here"];
}

function noContainers(): readonly string[] {
  const installed = works("systemd-nspawn", ["--version"]);
  const unshares = works("unshare", ["--mount", "--pid", "--uts", "--ipc", "--fork", "true"]);
  return installed && unshares ? [] : ["hosts with a systemd of their own: containers do not work here"];
}

function works(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
