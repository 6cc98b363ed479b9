import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { ServerChannel } from "ssh2";

export type Execution = { readonly home: string; readonly command: string; readonly env: NodeJS.ProcessEnv };

/**
 * Runs a command as sshd does: by a shell, in a session of its own, its streams piped with back-pressure. It is not
 * killed when the connection dies: what then happens to it is what happens on a real host.
 */
export function execute(execution: Execution, channel: ServerChannel): ChildProcess {
  const { command, home, env } = execution;
  const child = spawn("/bin/sh", ["-c", command], { cwd: home, env, detached: true, stdio: "pipe" });
  // What comes after the command stopped reading is read and dropped, so that the client's window opens again.
  child.stdin.on("error", () => {});
  child.stdin.on("close", () => channel.unpipe(child.stdin).resume());
  channel.pipe(child.stdin);
  child.on("error", () => report(channel, 127, null));
  child.on("exit", (code, signal) => report(channel, code, signal));
  const ended = new Promise((resolve) => child.on("close", resolve));
  const relayed = relay(child, channel);
  void Promise.all([ended, relayed]).then(() => channel.end());
  channel.on("error", () => {});
  channel.on("close", () => {
    child.stdin.end();
    child.stdout.destroy();
    child.stderr.destroy();
  });
  return child;
}

/**
 * Sends what a command writes, one stream at a time: when the client makes room, ssh2's server wakes stdout if it takes
 * it for waiting, and only otherwise stderr.
 */
export async function relay(command: ChildProcessWithoutNullStreams, channel: ServerChannel): Promise<void> {
  let turn = Promise.resolve();
  const pump = async (source: Readable, sink: Writable) => {
    for await (const part of source) {
      const write = () => new Promise((resolve) => sink.write(part, resolve));
      turn = turn.then(write).then(() => forget(channel));
      await turn;
    }
  };
  // Sources end early only when the channel is gone, and with it whoever would read them.
  await Promise.allSettled([pump(command.stdout, channel), pump(command.stderr, channel.stderr)]);
}

/**
 * ssh2 1.17 keeps what stdout had waited with even when it is sent, and so takes stdout for waiting ever after: when only
 * stderr waits, it would send the old part again and call its callback a second time, at which node destroys the channel
 * under a command that still writes.
 */
function forget(channel: ServerChannel): void {
  Object.assign(channel, { _chunk: undefined, _chunkcb: undefined });
}

/** Sends a signal (`TERM`) to the command and to all that it started without leaving its process group. */
export function signalGroup(child: ChildProcess, name: string): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const number = Object.entries(constants.signals).find(([known]) => known === `SIG${name}`)?.[1];
  if (number === undefined) return;
  try {
    process.kill(-child.pid, number);
  } catch {
    // It ended in between.
  }
}

function report(channel: ServerChannel, code: number | null, signal: NodeJS.Signals | null): void {
  if (signal === null) channel.exit(code ?? 255);
  else channel.exit(signal.replace(/^SIG/, ""));
}
