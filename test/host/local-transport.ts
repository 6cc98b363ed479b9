import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex, Readable, Writable } from "node:stream";
import type { Host } from "../../src/core/fleet.ts";
import type { Command, Exit, Ran, Transport } from "../../src/core/transport.ts";

export type Shell = "dash" | "bash" | "busybox";
export const shells: readonly Shell[] = ["dash", "bash", "busybox"];

/**
 * `cut`: bytes of stdin, `cutArchive`: bytes behind the program, after which it ends. `noise`: run by the login shell.
 * `enter`: the command that brings the login into another namespace. `path`: folders that come before all others.
 */
type Faults = {
  readonly cut?: number;
  readonly cutArchive?: number;
  readonly noise?: string;
  readonly enter?: readonly string[];
  readonly path?: string;
  /** Where the host was reached, as sshd tells it. */
  readonly address?: string;
};

export type LocalTransport = Transport<Duplex> & {
  /** A host's home; made on first use. */
  home(host: Host): string;
  faults: Faults;
};

export function hasShell(shell: Shell): boolean {
  return spawnSync(shell, shell === "busybox" ? ["true"] : ["-c", "true"]).status === 0;
}

/**
 * Hosts that are folders of this machine: `run` starts the shell as sshd would, `connect` is TCP on loopback. It ends with
 * the channel and not with the process, so that whatever keeps the channel open is seen.
 */
export function createLocalTransport(shell: Shell, base = tmpdir()): LocalTransport {
  const root = mkdtempSync(join(base, `ship-${shell}-`));
  const bin = join(root, "bin");
  mkdirSync(bin);
  if (shell === "busybox") installApplets(bin);
  else symlinkSync(join("/bin", shell), join(bin, "sh"));
  const local: LocalTransport = {
    faults: {},
    home(host) {
      const home = join(root, "home", host.name);
      mkdirSync(home, { recursive: true });
      return home;
    },
    run: (host, command) => runLocally({ bin, home: local.home(host), faults: local.faults }, command),
    connect: (_host, { address, port }) =>
      new Promise((resolve, reject) => {
        const socket = connect(port, address);
        socket.once("connect", () => resolve(socket));
        socket.once("error", reject);
      }),
    close: () => removeWhole(root),
  };
  return local;
}

/** A watchdog that has nothing more to watch may still be on its way out, and write. */
async function removeWhole(root: string): Promise<void> {
  for (let turn = 0; turn < 40 && existsSync(root); turn += 1) {
    if (turn > 0) await new Promise((resolve) => setTimeout(resolve, 250));
    spawnSync("rm", ["-rf", root]);
  }
}

/** Debian's busybox has no flock: that one stays util-linux's. */
function installApplets(bin: string): void {
  spawnSync("busybox", ["--install", "-s", bin]);
}

type Login = { readonly bin: string; readonly home: string; readonly faults: Faults };

function runLocally({ bin, home, faults }: Login, command: Command): Promise<Ran> {
  const line = faults.noise === undefined ? command.line : `${faults.noise}; ${command.line}`;
  const [program = "", ...words] = [...(faults.enter ?? []), join(bin, "sh"), "-c", line];
  const child = spawn(program, words, { cwd: home, env: environment({ bin, home, faults }) });
  const stdout = capped(child.stdout, command.cap);
  if (command.onStdout !== undefined) child.stdout.on("data", command.onStdout);
  const stderr = capped(child.stderr, 65_536);
  void feed(child.stdin, command.stdin, faults);
  return new Promise((resolve) => {
    const end = (exit: Exit) => {
      clearTimeout(timer);
      resolve({ exit, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated: stdout.truncated() });
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      end({ type: "lost", reason: `no end within ${command.within} ms` });
    }, command.within);
    child.on("close", (code, signal) =>
      end(signal === null ? { type: "exited", code: code ?? 255 } : { type: "killed", signal }),
    );
  });
}

function environment({ bin, home, faults: { path, address } }: Login): NodeJS.ProcessEnv {
  const env = { HOME: home, PATH: `${path === undefined ? "" : `${path}:`}${bin}:/usr/bin:/bin` };
  return address === undefined ? env : { ...env, SSH_CONNECTION: `127.0.0.1 1 ${address} 22` };
}

async function feed(stdin: Writable, chunks: Command["stdin"], faults: Faults): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    stdin.on("error", () => resolve());
    stdin.on("close", () => resolve());
  });
  let left = faults.cut ?? Number.POSITIVE_INFINITY;
  let first = true;
  for await (const chunk of chunks) {
    const part = chunk.subarray(0, left);
    left = first && faults.cutArchive !== undefined ? faults.cutArchive : left - part.length;
    first = false;
    await Promise.race([closed, new Promise<void>((resolve) => stdin.write(part, () => resolve()))]);
    if (left <= 0 || stdin.destroyed) break;
  }
  stdin.end();
}

function capped(stream: Readable, cap: number) {
  const parts: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    if (length < cap) parts.push(chunk.subarray(0, cap - length));
    length += chunk.length;
  });
  return { bytes: () => Buffer.concat(parts), truncated: () => length > cap };
}
