import type { Output, Reporter } from "./reporter.ts";

/** One event a line and nothing else: JSON.stringify escapes what could steer a terminal's or a reader's lines. */
export function openJson(output: Output): Reporter {
  return {
    report: (event) => output.write(`${JSON.stringify(event)}\n`),
    close: async () => {},
  };
}
