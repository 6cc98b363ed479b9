import { jsonText } from "../core/escape.ts";
import type { Output, Reporter } from "./reporter.ts";

/** One event a line and nothing else. */
export function openJson(output: Output): Reporter {
  return {
    report: (event) => output.write(`${jsonText(event)}\n`),
    close: async () => {},
  };
}
