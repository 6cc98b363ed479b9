import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ShipError } from "../core/error.ts";
import type { Host } from "../core/fleet.ts";
import { type Layout, layout } from "./layout.ts";
import { locked } from "./lock.ts";
import type { HostStatus } from "./request.ts";
import { askRunning, running } from "./running.ts";
import { publicKey, readKeys, readNames, writeJson } from "./state.ts";

/** How a host of the sandbox is reached, with the only keys that count. */
export type Target = {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private keys, as OpenSSH writes them. */
  readonly keys: readonly string[];
  /** Host keys; `key` is base64. */
  readonly pinned: readonly { readonly type: string; readonly key: string }[];
};

export type Sandbox = {
  /** Throws a ShipError for a host that was not opened. */
  target(host: Pick<Host, "name">): Target;
};

export type Opening = {
  /**
   * Brings fresh hosts to where a demonstration starts. Called before `openSandbox` resolves with the hosts that were
   * never seeded; when it rejects, or this process dies in it, the next opening calls it again.
   */
  readonly seed?: (sandbox: Sandbox, hosts: readonly string[]) => Promise<void>;
  /** Arguments for node that end in `serveSandbox(folder)`. */
  readonly argv?: readonly string[] | undefined;
};

/**
 * The sandbox of a folder with at least these hosts: the one that runs, or a new one in a background process. Of
 * several that open at once, one starts it. Throws a ShipError when it does not start.
 */
export async function openSandbox(folder: string, hosts: readonly string[], opening: Opening = {}): Promise<Sandbox> {
  const places = layout(folder);
  const found = isSeeded(places, hosts) ? await askRunning(places, { do: "open", hosts: [...hosts] }) : undefined;
  if (found !== undefined) return sandbox(places, found);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return locked(places.lock, () => openAlone(places, hosts, opening));
}

async function openAlone(places: Layout, hosts: readonly string[], opening: Opening): Promise<Sandbox> {
  if (running(places) === undefined) await start(places, opening.argv ?? ownArguments(places.folder));
  const status = await askRunning(places, { do: "open", hosts: [...hosts] });
  if (status === undefined) throw failure(places, "ended as soon as it had started");
  const opened = sandbox(places, status);
  const seeded = readNames(places.seeded);
  const fresh = hosts.filter((host) => !seeded.includes(host));
  if (fresh.length > 0 && opening.seed !== undefined) {
    await opening.seed(opened, fresh);
    writeJson(places.seeded, [...seeded, ...fresh]);
  }
  return opened;
}

function isSeeded(places: Layout, hosts: readonly string[]): boolean {
  const seeded = new Set(readNames(places.seeded));
  return hosts.every((host) => seeded.has(host));
}

function sandbox(places: Layout, hosts: readonly HostStatus[]): Sandbox {
  const keys = readKeys(places.keys);
  const ports = new Map(hosts.map((host) => [host.name, host.port]));
  return {
    target({ name }) {
      const port = ports.get(name);
      if (port === undefined || keys === undefined) {
        throw new ShipError("usage", `The sandbox has no host ${name}.`, { hint: "See `ship sandbox status`." });
      }
      const pinned = [publicKey(keys.host.public)];
      return { name, address: "127.0.0.1", port, user: "deploy", keys: [keys.client.private], pinned };
    },
  };
}

function ownArguments(folder: string): readonly string[] {
  return [process.argv[1] ?? "", "sandbox", "serve", folder];
}

/** Starts the background process, and waits until it says that it is ready. */
async function start(places: Layout, argv: readonly string[]): Promise<void> {
  const log = openSync(places.log, "a");
  const child = spawn(process.execPath, argv, { cwd: "/", detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  let gone: string | undefined;
  child.on("error", (error) => {
    gone = `could not be started: ${error.message}`;
  });
  child.on("exit", (code, signal) => {
    gone = `ended at once (${signal ?? code})`;
  });
  const deadline = performance.now() + 20_000;
  while (running(places)?.state.pid !== child.pid) {
    if (gone !== undefined || performance.now() > deadline) throw failure(places, gone ?? "did not get ready");
    await sleep(20);
  }
}

function failure(places: Layout, what: string): ShipError {
  const log = readFileSync(places.log, "utf8").trimEnd().split("\n").slice(-10);
  return new ShipError("unreachable", `The sandbox's background process ${what}.`, {
    hint: `Its log is ${places.log}.`,
    details: log,
  });
}
