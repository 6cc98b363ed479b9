import type { OutputName } from "./choose.ts";
import type { Output, Reporter } from "./reporter.ts";

type Opener = {
  /** Loads the view and opens it. `verbose` tells every event, where the view is one of lines. */
  open(output: Output, verbose: boolean): Promise<Reporter>;
};

/** The views of the stream of events; each is loaded when it is chosen. */
export const outputs: Readonly<Record<OutputName, Opener>> = {
  tty: { open: async (output) => (await import("./tty.ts")).openTty(output) },
  plain: { open: async (output, verbose) => (await import("./plain.ts")).openPlain(output, verbose) },
  github: { open: async (output, verbose) => (await import("./github.ts")).openGithub(output, verbose) },
  json: { open: async (output) => (await import("./json.ts")).openJson(output) },
};
