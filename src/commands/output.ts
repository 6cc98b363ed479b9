import type { Output } from "../report/reporter.ts";

/**
 * The terminal, or what stands for it; every text goes through `clean`. A reader that has gone away ends the writing to it,
 * and one that reads no more makes it wait in memory: neither stops the rollout.
 */
export function processOutput(color: boolean, clean: (text: string) => string): Output & { readonly isTTY: boolean } {
  const quietly = (stream: NodeJS.WriteStream) => {
    let gone = false;
    unblock(stream);
    stream.on("error", () => {
      gone = true;
    });
    return (text: string) => {
      if (!gone) stream.write(clean(text));
    };
  };
  return {
    write: quietly(process.stdout),
    warn: quietly(process.stderr),
    get columns() {
      return process.stdout.columns ?? 80;
    },
    get rows() {
      return process.stdout.rows ?? 24;
    },
    color,
    env: process.env,
    isTTY: process.stdout.isTTY === true,
  };
}

/** Node has a terminal block whoever writes: one that is held (Ctrl-S), or whose connection is dead, would hold the rollout. */
function unblock(stream: NodeJS.WriteStream): void {
  if (stream.isTTY !== true) return;
  const handle: unknown = Reflect.get(stream, "_handle");
  if (typeof handle !== "object" || handle === null || !("setBlocking" in handle)) return;
  if (typeof handle.setBlocking === "function") handle.setBlocking(false);
}
