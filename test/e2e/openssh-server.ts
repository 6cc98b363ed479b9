import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RigHost } from "./openssh.ts";
import { hostKey } from "./openssh-files.ts";

/** Whether the rig can run here. In CI it must: there its absence is a failure and not a reason to leave tests out. */
export function hasOpenSsh(): boolean {
  return process.platform === "linux" && (sshd() !== undefined || process.env["CI"] !== undefined);
}

export function startServer(config: string, root: string, host: RigHost): ChildProcess {
  // sshd insists on this folder when it runs as root; the service's unit would make it.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const options = ["-o", `ListenAddress=${host.address}:${host.port}`, "-h", hostKey(root, host)];
  const log = join(root, "keys", `${host.name}.log`);
  const program = sshd();
  if (program === undefined) throw new Error("There is no sshd here: apt-get install openssh-server");
  return spawn(program, ["-D", "-f", config, "-E", log, ...options], { stdio: "ignore" });
}

function sshd(): string | undefined {
  return ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"].find((path) => existsSync(path));
}

type Listening = Pick<RigHost, "name" | "address" | "port">;

export async function untilItAnswers(host: Listening): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await answers(host)) return;
    await sleep(25);
  }
  throw new Error(`The sshd of ${host.name} (${host.address}:${host.port}) does not answer`);
}

function answers({ address, port }: Listening): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    socket.once("data", () => socket.destroy());
    socket.on("close", (hadError) => resolve(!hadError));
    socket.on("error", () => undefined);
  });
}

/** Free now, and below those that the kernel gives to whoever asks for any: nobody is given it before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "0.0.0.0", () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

export async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await gone;
}
