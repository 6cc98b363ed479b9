import type { Output } from "../report/reporter.ts";

/**
 * The terminal, or what stands for it; every text goes through `clean`. A reader that has gone away ends the writing, and
 * never the rollout.
 */
export function processOutput(color: boolean, clean: (text: string) => string): Output & { readonly isTTY: boolean } {
  let gone = false;
  const quietly = (stream: NodeJS.WriteStream) => {
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
