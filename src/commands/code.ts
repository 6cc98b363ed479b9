import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { constants, Script } from "node:vm";

/** The command line with all that it needs: a CommonJS bundle beside the one that starts. */
const bundle = join(import.meta.dirname, "line.cjs");

type CommandLine = typeof import("./line.ts");

/**
 * The command line. To compile it takes longer than most commands do, so what V8 made of it when ship was built is read from
 * a file beside it; where there is none for this Node and this bundle it is compiled anew.
 */
export function loadLine(): CommandLine {
  const text = bundleText();
  return runBundle(text, keptCode(text)).line;
}

export function bundleText(): Buffer {
  return readFileSync(bundle);
}

type Running = {
  readonly line: CommandLine;
  /** What V8 has compiled of it by now. */
  readonly compiled: () => Buffer;
};

/** Runs the bundle, without `code` compiled anew. V8 itself sees whether code is of another V8, and compiles then too. */
export function runBundle(text: Buffer, code: Buffer | undefined): Running {
  // esbuild writes ASCII, and that is read fastest so.
  const script = new Script(`(function(exports,require,module,__filename,__dirname){${text.toString("latin1")}\n})`, {
    filename: bundle,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(code === undefined ? {} : { cachedData: code }),
  });
  const held = { exports: {} };
  script.runInThisContext()(held.exports, createRequire(bundle), held, bundle, dirname(bundle));
  return { line: held.exports as CommandLine, compiled: () => script.createCachedData() };
}

/** V8 cannot tell two texts of one length apart, so the name says of which text the code is. */
export function codeFile(text: Buffer): string {
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return `${bundle}-${process.version}-${process.arch}-${digest}.code`;
}

function keptCode(text: Buffer): Buffer | undefined {
  try {
    return readFileSync(codeFile(text));
  } catch {
    return undefined;
  }
}
