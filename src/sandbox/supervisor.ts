import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDesk, settle, type Wish, wishes } from "./desk.ts";

/** How an app is started: from the release that `current` points at, in a host's environment. */
export type Starting = { readonly home: string; readonly env: NodeJS.ProcessEnv };

type AppStatus = { readonly pid: number | undefined; readonly release: string; readonly starts: number };

export type Supervisor = {
  /** Kills the app whenever it runs, until told otherwise: a program that does not stay up. */
  crash(on: boolean): void;
  status(): AppStatus;
  close(): Promise<void>;
};

/** ms between an app's end and its next start. */
const pause = 300;

type State = {
  /** The component's folder on the host, as `bin/restart` last named it; undefined when nothing is to run. */
  tree: string | undefined;
  child: ChildProcess | undefined;
  /** Set while the app is ended on purpose, so that its end starts no other. */
  ending: boolean;
  crashing: boolean;
  starts: number;
  timer: NodeJS.Timeout | undefined;
};

/** Keeps one host's app running, as runit or systemd would. What ran before this process started runs again. */
export function supervise(starting: Starting): Supervisor {
  const desk = openDesk(starting.home);
  const state: State = {
    tree: remembered(desk),
    child: undefined,
    ending: false,
    crashing: false,
    starts: 0,
    timer: undefined,
  };
  let work = Promise.resolve();
  const inHand = new Set<string>();
  const poll = setInterval(() => {
    for (const wish of wishes(desk)) {
      if (inHand.has(wish.file)) continue;
      inHand.add(wish.file);
      work = work.then(() => fulfil(starting, state, wish)).then(() => void inHand.delete(wish.file));
    }
  }, 100);
  if (state.tree !== undefined) start(starting, state);
  return {
    crash(on) {
      state.crashing = on;
      if (on) state.child?.kill("SIGKILL");
    },
    status: () => ({ pid: state.child?.pid, release: live(state.tree), starts: state.starts }),
    async close() {
      clearInterval(poll);
      await work;
      await end(starting, state);
    },
  };
}

async function fulfil(starting: Starting, state: State, wish: Wish): Promise<void> {
  const release = live(wish.tree);
  if (wish.verb === "restart" && release === "") {
    settle(wish, `nothing to run: ${join(wish.tree, "current")} leads to no release`);
    return;
  }
  await end(starting, state);
  state.tree = wish.verb === "restart" ? wish.tree : undefined;
  remember(starting.home, state.tree);
  if (state.tree !== undefined) start(starting, state);
  settle(wish, undefined);
}

function start(starting: Starting, state: State): void {
  state.timer = undefined;
  state.ending = false;
  const cwd = live(state.tree);
  if (cwd === "") {
    again(starting, state);
    return;
  }
  const log = openLog(join(starting.home, "app.log"));
  // Its standard input ends with this process, whichever way that ends, and the app with it.
  const child = spawn(process.execPath, ["app.mjs"], { cwd, env: starting.env, stdio: ["pipe", log, log] });
  closeSync(log);
  state.child = child;
  state.starts += 1;
  child.stdin?.on("error", () => {});
  child.on("error", () => ended(starting, state));
  child.on("exit", () => ended(starting, state));
  if (state.crashing) setTimeout(() => child.kill("SIGKILL"), 100);
}

function ended(starting: Starting, state: State): void {
  state.child = undefined;
  rmSync(join(starting.home, ".net"), { recursive: true, force: true });
  if (!state.ending) again(starting, state);
}

function again(starting: Starting, state: State): void {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => start(starting, state), pause);
}

async function end(starting: Starting, state: State): Promise<void> {
  clearTimeout(state.timer);
  state.ending = true;
  const { child } = state;
  if (child === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 2000);
  await gone;
  clearTimeout(late);
  rmSync(join(starting.home, ".net"), { recursive: true, force: true });
}

/** The folder that `current` leads to, as it is now, so that the process is found by its working folder. */
function live(tree: string | undefined): string {
  if (tree === undefined) return "";
  try {
    const folder = realpathSync(join(tree, "current"));
    return existsSync(join(folder, "app.mjs")) ? folder : "";
  } catch {
    return "";
  }
}

function remembered(desk: string): string | undefined {
  try {
    return readFileSync(join(desk, "tree"), "utf8");
  } catch {
    return undefined;
  }
}

function remember(home: string, tree: string | undefined): void {
  const file = join(home, ".supervisor", "tree");
  if (tree === undefined) rmSync(file, { force: true });
  else writeFileSync(file, tree);
}

/** An app that fails at every start must not fill the disk with saying so. */
function openLog(file: string): number {
  const full = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 64 * 1024;
  return openSync(file, full ? "w" : "a");
}
