import { spawn } from "node:child_process";
import { lastBytes } from "../capture.ts";
import { Tunnel, type Wire } from "../wire.ts";

/** Kept of what a proxy command complains, bytes: its last words are the reason. */
const wordsCap = 2048;

/**
 * A wire through a program, as ssh runs a ProxyCommand: by the user's shell, which makes way for it. It is in a process
 * group of its own, so that Ctrl-C does not cut the connections while ship ends them in order, and all of it ends with the wire.
 */
export function runProxy(command: string): Wire {
  const shell = process.env["SHELL"] || "/bin/sh";
  const child = spawn(shell, ["-c", `exec ${command}`], { detached: true, stdio: "pipe" });
  // Where no more files may be open there are no streams either, and the next line throws before anybody listens.
  child.on("error", () => undefined);
  const words = lastBytes(wordsCap);
  const tunnel = new Tunnel({ from: child.stdout, to: child.stdin, close: () => end(child.pid) });
  child.stderr.on("data", (chunk: Buffer) => words.add(chunk));
  child.on("error", (error) => tunnel.finish(new Error(`the ProxyCommand cannot be run: ${error.message}`)));
  child.on("close", (code, signal) => {
    if (code === 0) return tunnel.finish();
    const said = Buffer.from(words.bytes()).toString("utf8").trim();
    const how = code === null ? `was ended by ${signal}` : `ended with ${code}`;
    tunnel.finish(new Error(`the ProxyCommand ${how}${said === "" ? "" : `: ${said}`}`));
  });
  return tunnel;
}

/** The group may be gone already, or consist of processes that are not ours any more. */
function end(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
