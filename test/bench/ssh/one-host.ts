import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Host } from "../../../src/core/fleet.ts";
import { createHosts } from "../../../src/host/perform.ts";
import { sshResolver } from "../../../src/ssh/lookup/config.ts";
import { openSsh } from "../../../src/ssh/transport.ts";
import { median } from "./measure.ts";
import { bySsh } from "./peers.ts";
import type { Rig } from "./rig.ts";
import { against, atMost, type Bench, type Part, type Row } from "./row.ts";

/** One host, within a process that runs: the start of Node is a row of its own. */
export const oneHost: Part = { needs: ["ssh"], rows };

async function rows({ asked, rig }: Bench): Promise<readonly Row[]> {
  process.env["HOME"] = `${rig.root}/client`;
  const turns = asked.repeats * 5;
  const cold: number[] = [];
  const ssh: number[] = [];
  const warm: number[] = [];
  const own: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const looked = await lookTwice(rig);
    cold.push(looked.cold);
    warm.push(looked.warm);
    own.push(await looked.alone());
    ssh.push(1000 * (await bySsh(rig, rig.address(0))).wall);
  }
  const work = "observe one host";
  const name = "ssh host true";
  return [
    against({ work: `${work}, cold`, ship: median(cold), peer: median(ssh), unit: "ms", name, bar: { most: 0.5 } }),
    atMost(`${work} on an open connection, beyond what the host itself takes`, median(warm) - median(own), 10, "ms"),
  ];
}

type Looked = { readonly cold: number; readonly warm: number; readonly alone: () => Promise<number> };

/** ms that a first look takes, and a second one; `alone` runs what the host ran, without ssh. */
async function lookTwice(rig: Rig): Promise<Looked> {
  const ssh = openSsh({ resolve: sshResolver({ user: rig.user }), concurrency: 64 });
  let sent: Sent = { line: "", bytes: [] };
  const noting: typeof ssh = {
    ...ssh,
    run: async (host, command) => {
      const bytes: Uint8Array[] = [];
      for await (const part of command.stdin ?? []) bytes.push(part);
      sent = { line: command.line, bytes };
      return ssh.run(host, { ...command, stdin: bytes });
    },
  };
  const hosts = createHosts(noting);
  const look = async () => {
    const began = performance.now();
    const { type } = await hosts.perform(hostOf(rig), { component: "api", path: "api" }, { type: "observe" });
    if (type !== "observed") throw new Error(`the host said ${type}`);
    return performance.now() - began;
  };
  const cold = await look();
  const warm = await look();
  await ssh.close();
  return { cold, warm, alone: () => runHere(rig, sent) };
}

type Sent = { readonly line: string; readonly bytes: readonly Uint8Array[] };

async function runHere(rig: Rig, { line, bytes }: Sent): Promise<number> {
  const env = { ...process.env, SSH_CONNECTION: `127.0.0.1 1 ${rig.address(0)} 22` };
  const began = performance.now();
  const child = spawn(`${rig.root}/shell`, ["-c", line], { env, stdio: ["pipe", "ignore", "ignore"] });
  for (const part of bytes) child.stdin.write(part);
  child.stdin.end();
  await once(child, "close");
  return performance.now() - began;
}

function hostOf(rig: Rig): Host {
  return { name: "h0", address: rig.address(0), port: undefined, user: undefined, labels: {}, cohort: "all" };
}
