import { loadLine } from "./commands/code.ts";
import { run as tellVersion } from "./commands/version.ts";
import { exits } from "./core/error.ts";
import { printable } from "./core/escape.ts";

/** Loads what the arguments need. ship's own version needs none of the rest. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    if (asksOwnVersion(argv)) return await tellVersion(ownVersion);
    forgive(process.stderr);
    return await loadLine().runLine(argv);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${printable(text, { lines: true, ci: true })}\n`);
    process.stderr.write("This is a bug in ship. Please report it with the lines above.\n");
    return exits.bug;
  }
}

const ownVersion = { command: "version", arguments: [], options: {} };

/** `--version` names the version to ship; alone it can only mean ship's own. */
function asksOwnVersion([word = "", ...more]: readonly string[]): boolean {
  if (more.length > 0 || !["version", "-V", "--version"].includes(word)) return false;
  if (word === "--version")
    forgive(process.stderr).write("To ship a version: ship --component NAME --version VERSION. This is ship's own:\n");
  return true;
}

/** A reader that goes away (`| head -1`) is no reason to fail, whoever writes. Node makes each stream when it is first named. */
function forgive(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on("error", () => {});
}

forgive(process.stdout);
process.exitCode = await main(process.argv.slice(2));
