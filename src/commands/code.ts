import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { constants, Script } from "node:vm";

/** The command line with all that it needs: a CommonJS bundle beside the one that starts. */
const bundle = join(import.meta.dirname, "line.cjs");

type CommandLine = typeof import("./line.ts");

/**
 * The command line. To compile it takes longer than most commands do, so what V8 made of it when ship was built is read from
 * a file beside it, where this Node is the one of then; elsewhere Node keeps it by itself, where it can (22.1 and newer).
 */
export function loadLine(): CommandLine {
  const code = keptCode();
  if (code !== undefined) return runBundle(code).line;
  const keep: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof keep === "function") keep();
  return createRequire(bundle)(bundle);
}

type Running = {
  readonly line: CommandLine;
  /** What V8 has compiled of it by now. */
  readonly compiled: () => Buffer;
};

/** Runs the bundle, without `code` compiled anew. V8 itself sees whether code is of another V8, and compiles then too. */
export function runBundle(code: Buffer | undefined): Running {
  // esbuild writes ASCII, and that is read fastest so.
  const text = readFileSync(bundle, "latin1");
  const script = new Script(`(function(exports,require,module,__filename,__dirname){${text}\n})`, {
    filename: bundle,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(code === undefined ? {} : { cachedData: code }),
  });
  const held = { exports: {} };
  script.runInThisContext()(held.exports, createRequire(bundle), held, bundle, dirname(bundle));
  return { line: held.exports as CommandLine, compiled: () => script.createCachedData() };
}

/** V8 cannot tell two texts of one length apart, so the name also says when the bundle was written. */
export function codeFile(): string {
  const { size, mtimeMs } = statSync(bundle);
  return `${bundle}-${process.version}-${process.arch}-${size}-${Math.floor(mtimeMs)}.code`;
}

function keptCode(): Buffer | undefined {
  try {
    return readFileSync(codeFile());
  } catch {
    return undefined;
  }
}
