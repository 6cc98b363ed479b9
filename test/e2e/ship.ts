import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Event } from "../../src/core/event.ts";

const root = resolve(import.meta.dirname, "../..");

/** How a run of ship ended: `exit` is null when a signal ended it. */
export type Ended = {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout that are events, where --json was given. */
  readonly events: readonly Event[];
};

export type Running = {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves at the first event that fits, those that came already included; rejects when ship ends without one. */
  until(fits: (event: Event) => boolean): Promise<Event>;
  /** Resolves once stdout holds such words, however long ago they came; rejects when ship ends without. */
  says(words: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

export type Options = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** A folder with a config of its own, hence a sandbox of its own, and the ship that runs there. */
export type Place = {
  readonly folder: string;
  ship(args: readonly string[], options?: Options): Promise<Ended>;
  start(args: readonly string[], options?: Options): Running;
  /** Runs a line of sh that may say `ship`, or, below another program, `$SHIP`. */
  shell(line: string): Promise<Ended>;
  write(file: string, text: string): void;
  /** Ends the sandbox and whatever of ship still runs, and removes the folder. */
  close(): Promise<void>;
};

/**
 * A new folder with these files; without any, with the repository's own config. ship itself is a copy too, so that a
 * build in between changes nothing under a running test. `before` are words before ship's own command: it may run elsewhere.
 */
export function openPlace(files?: Readonly<Record<string, string>>, before: readonly string[] = []): Place {
  const folder = mkdtempSync(join(tmpdir(), "ship-e2e-"));
  const home = join(folder, "home");
  mkdirSync(home);
  const program = installShip(folder);
  const project = join(folder, "project");
  layOut(project, files);
  const living = new Set<ChildProcess>();
  // Where the tests are broken off, no `close` runs: a sandbox whose folder is gone ends by itself.
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  process.once("exit", remove);
  const launch = (program: string, args: readonly string[], options: Options = {}) => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, NO_COLOR: "1", ...options.env };
    const [command = program, ...words] = [...before, program, ...args];
    const child = spawn(command, words, { cwd: options.cwd ?? project, env, stdio: ["ignore", "pipe", "pipe"] });
    living.add(child);
    child.once("exit", () => living.delete(child));
    return follow(child);
  };
  const start = (args: readonly string[], options?: Options) => launch(process.execPath, [program, ...args], options);
  return {
    folder: project,
    start,
    ship: (args, options) => start(args, options).ended,
    shell: (line) =>
      launch("/bin/bash", ["-c", `export SHIP='${process.execPath} ${program}'; ship() { $SHIP "$@"; }; ${line}`])
        .ended,
    write: (file, text) => write(project, file, text),
    async close() {
      await Promise.all([...living].map(killed));
      await start(["sandbox", "down"]).ended;
      process.off("exit", remove);
      remove();
    },
  };
}

/** Kills it, and waits for its end: until then it may write. */
function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  return gone;
}

function layOut(project: string, files: Readonly<Record<string, string>> | undefined): void {
  if (files !== undefined) for (const [file, text] of Object.entries(files)) write(project, file, text);
  else
    for (const name of ["ship.config.yaml", "cohorts"])
      cpSync(join(root, name), join(project, name), { recursive: true });
}

function write(project: string, file: string, text: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), text);
}

function installShip(folder: string): string {
  const to = join(folder, "ship");
  if (!existsSync(join(root, "dist/main.js"))) throw new Error("ship is not built: npm run build");
  for (const name of ["bin", "dist", "package.json"]) cpSync(join(root, name), join(to, name), { recursive: true });
  return join(to, "bin/ship");
}

function follow(child: ChildProcess): Running {
  const out: string[] = [];
  const err: string[] = [];
  const events: Event[] = [];
  let rest = "";
  let settled = false;
  let wake = () => {};
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out.push(text);
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    events.push(...lines.flatMap(parsed));
    wake();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => err.push(text));
  const ended = new Promise<Ended>((done) => {
    child.once("close", (exit: number | null) => {
      settled = true;
      wake();
      done({ exit, stdout: out.join(""), stderr: err.join(""), events });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => child.kill(signal),
    until: (fits) => found(() => events.find(fits)),
    says: (words) => found(() => (words.test(out.join("")) ? true : undefined)).then(() => undefined),
  };

  async function found<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const seen = look();
      if (seen !== undefined) return seen;
      if (settled) throw new Error(`ship ended before what was waited for:\n${out.join("")}${err.join("")}`);
      await new Promise<void>((woken) => {
        const before = wake;
        wake = () => {
          before();
          woken();
        };
      });
    }
  }
}

function parsed(line: string): readonly Event[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** Everything that a run said, wherever it said it. */
export function said({ stdout, stderr }: Ended): string {
  return stdout + stderr;
}

/** Fits events of a type. */
export function is(type: Event["type"]): (event: Event) => boolean {
  return (event) => event.type === type;
}

/** The journals that a place has, as one text. */
export function journalsOf(place: Place): string {
  const folder = join(place.folder, ".ship/rollouts");
  if (!existsSync(folder)) return "";
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}
