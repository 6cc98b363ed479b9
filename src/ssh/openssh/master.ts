import { type ChildProcessByStdio, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { type Capture, lastBytes } from "../capture.ts";

/** Kept of what ssh says, bytes: with `-v` a login takes 5,000. */
const saidCap = 65_536;

/** The system's ssh on its way to one host, and then behind its control socket. */
export type Master = {
  /** True when it is logged in and listens at its socket; it has gone into the background then. */
  readonly ready: Promise<boolean>;
  /** Why it could not be started at all. */
  failed(): Error | undefined;
  /** What it has said so far. */
  said(): string;
  /** It has ended, and all that it said was heard. */
  readonly ended: Promise<void>;
  /** Ends it, as long as it is not ready. */
  stop(): void;
};

/**
 * Starts ssh with `words`. It is in a process group of its own, so that Ctrl-C does not cut the connections while ship
 * ends them in order, and has no terminal to ask at.
 */
export function startMaster(words: readonly string[]): Master {
  const child = spawn("ssh", words, { detached: true, env: silentEnv(), stdio: ["ignore", "ignore", "pipe"] });
  // Where no more files may be open there is no stream either, and what follows throws before anybody listens.
  child.on("error", () => undefined);
  const said = lastBytes(saidCap);
  let failed: Error | undefined;
  child.stderr.on("data", said.add).on("error", () => undefined);
  const ended = new Promise<void>((resolve) => child.stderr.once("close", resolve));
  const ready = new Promise<boolean>((resolve) => {
    child.on("exit", (code) => resolve(code === 0));
    child.on("error", (error) => {
      failed = error;
      resolve(false);
    });
  });
  // In the background it lives as long as it is wanted, which is not for it to say.
  void ready.then(() => letGo(child));
  return {
    ready,
    failed: () => failed,
    said: () => text(said),
    ended,
    stop: () => void child.kill("SIGTERM"),
  };
}

function letGo({ stderr }: ChildProcessByStdio<null, null, Readable>): void {
  if (stderr instanceof Socket) stderr.unref();
}

/** Without what would let ssh, or the one to a jump host, ask in a window. */
function silentEnv(): NodeJS.ProcessEnv {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, SSH_ASKPASS: _askpass, ...env } = process.env;
  return { ...env, SSH_ASKPASS_REQUIRE: "never" };
}

function text(said: Capture): string {
  return Buffer.from(said.bytes()).toString("utf8");
}
