import { type FSWatcher, readFileSync, watch } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** How often files are looked at where nothing tells of a change, in milliseconds. */
const pollEvery = 300;
/** How long after its last change a file is read at every look: clocks of file systems are coarse, and it may change twice in one tick. */
const unsettled = 2_000;

/** What is amiss with a file, in words, and since when, in milliseconds since 1970. What it said last, when it was good, still holds. */
export type Problem = {
  readonly file: string;
  readonly what: "missing" | "unreadable" | "broken";
  readonly why: string;
  readonly since: number;
};

/** Is given a file's text, and says what is wrong with it. */
type Take = (text: string) => string | undefined;

type Followed = {
  readonly path: string;
  readonly take: Take;
  text: string | undefined;
  /** What is wrong with that text. */
  wrong: string | undefined;
  print: string | undefined;
  problem: Problem | undefined;
};

/**
 * Reads files, and reads them again when they change: by being written to, or by another taking the name. The folder's events
 * tell at once where there are any; a look at time, size and inode finds what they missed. Holds no process alive.
 */
export class Follower {
  readonly #files: Followed[] = [];
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;
  #closed = false;

  /** Gives the file's text to `take` before it returns, if there is any, and later each new one. A missing file tells nothing. */
  follow(path: string, take: Take): void {
    if (this.#closed) return;
    const file: Followed = { path, take, text: undefined, wrong: undefined, print: undefined, problem: undefined };
    this.#files.push(file);
    this.#watch(dirname(path));
    this.#timer ??= setInterval(() => void this.#look(), pollEvery).unref();
    try {
      tell(file, readFileSync(path, "utf8"));
    } catch (error) {
      missed(file, error);
    }
  }

  /** What is amiss now; a missing file is the normal case, and stands here all the same. */
  problems(): readonly Problem[] {
    return this.#files.flatMap(({ problem }) => problem ?? []);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#files.length = 0;
    this.#watchers.clear();
  }

  /** Without events, as on some file systems and when a machine has no more watches to give, looking is enough. */
  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || this.#follows(folder, name)) void this.#look();
      });
      watcher.on("error", () => watcher.close());
      this.#watchers.set(folder, watcher);
    } catch {
      // The folder is not there: looking goes on without its events.
    }
  }

  /** A folder may be busy with files of others: their events are no reason to look. */
  #follows(folder: string, name: string): boolean {
    return this.#files.some(({ path }) => basename(path) === name && dirname(path) === folder);
  }

  async #look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    while (this.#again) {
      this.#again = false;
      await Promise.all(this.#files.map(lookAt));
    }
    this.#looking = false;
  }
}

/** The print is taken before the text, so that a change between the two is seen by the next look. */
async function lookAt(file: Followed): Promise<void> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(file.path);
    const print = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
    if (print === file.print) return;
    // A time ahead of the clock, as a wrong clock leaves it, is as settled as one long ago.
    const settled = Math.abs(Date.now() - mtimeMs) < unsettled ? undefined : print;
    await read(file, settled);
  } catch (error) {
    missed(file, error);
    file.print = undefined;
  }
}

/** What could not be read once, as a text too long to hold, is not read again until it changes. */
async function read(file: Followed, print: string | undefined): Promise<void> {
  try {
    tell(file, await readFile(file.path, "utf8"));
    file.print = print;
  } catch (error) {
    missed(file, error);
    file.print = mayPass(error) ? undefined : print;
  }
}

/** No leave to open it, or no handle left: the system says so before it reads anything, and may say otherwise at the next look. */
function mayPass(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "open";
}

function tell(file: Followed, text: string): void {
  if (text !== file.text) file.wrong = file.take(text);
  file.text = text;
  if (file.wrong === undefined) file.problem = undefined;
  else amiss(file, "broken", file.wrong);
}

function missed(file: Followed, error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") amiss(file, "missing", "There is no such file.");
  else amiss(file, "unreadable", error instanceof Error ? error.message : String(error));
}

/** A file that is broken in another way than before has been broken since then. */
function amiss(file: Followed, what: Problem["what"], why: string): void {
  const since = file.problem?.what === what ? file.problem.since : Date.now();
  file.problem = { file: file.path, what, why, since };
}
