import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Host } from "../../src/core/fleet.ts";
import type { Answer, Env, HostRecord, Hosts, Observation, Operation, Order } from "../../src/core/host.ts";
import { token } from "../../src/core/host.ts";
import { type Manifest, manifestText, type Release } from "../../src/core/release.ts";
import { createHosts } from "../../src/host/perform.ts";
import { openUplink, type Uplink } from "../../src/host/uplink.ts";
import { createLocalTransport, type LocalTransport, type Shell } from "./local-transport.ts";

/** A host, a run that has its orders taken in turn, and the means to look at what they did. */
export type Rig = {
  readonly transport: LocalTransport;
  readonly hosts: Hosts;
  /** Counts the bytes that were sent behind programs. */
  readonly uplink: Uplink;
  readonly host: Host;
  /** The component's folder. */
  readonly path: string;
  order(order: Order): Promise<Answer>;
  ask(operation: Operation): Promise<Answer>;
  observe(): Promise<Observation>;
  /** Makes an artifact of these files and a release of it. */
  release(version: string, files: Readonly<Record<string, string>>, manifest?: Partial<Manifest>): Packed;
  /** Fences, packs, places, and brings the release to `confirmed`, or to `proven`. */
  bring(packed: Packed, phase: "switched" | "proven"): Promise<HostRecord>;
  close(): Promise<void>;
};

export type Packed = {
  readonly release: Release;
  readonly archive: string;
  readonly sha256: string;
  readonly size: number;
  readonly env: Env;
};

export function createRig(shell: Shell, base?: string): Rig {
  const transport = createLocalTransport(shell, base);
  const uplink = openUplink({ rate: undefined, now: () => 0, sleep: () => Promise.resolve() });
  const hosts = createHosts(transport, uplink);
  const host: Host = {
    ...{ name: "api-01", address: "127.0.0.1", port: undefined, user: undefined, labels: {}, cohort: "all" },
  };
  return rigAt({ transport, hosts, uplink, host }, "srv/api");
}

/** A tree of its own under another's records, as that of a flag or a rate. It closes with the other one. */
export function below(rig: Rig, folder: string): Rig {
  return rigAt(rig, `srv/api/.ship/${folder}`);
}

type Machine = Pick<Rig, "transport" | "hosts" | "uplink" | "host">;

/** `folder` is relative to the login user's home. */
function rigAt({ transport, hosts, uplink, host }: Machine, folder: string): Rig {
  const place = { component: "api", path: folder };
  const path = join(transport.home(host), folder);
  let sequence = 0;
  const rig: Rig = {
    ...{ transport, hosts, uplink, host, path },
    ask: (operation) => hosts.perform(host, place, operation),
    order: (order) => rig.ask({ ...order, claim: { generation: 1, run: "run1", sequence: ++sequence } }),
    async observe() {
      const answer = await rig.ask({ type: "observe" });
      if (answer.type !== "observed") throw new Error(JSON.stringify(answer));
      return answer.observation;
    },
    release: (version, files, manifest = {}) => pack(join(path, "..", `artifact-${version}`), version, files, manifest),
    async bring(packed, phase) {
      const { record, link } = await rig.observe();
      const attempt = record.attempt + 1;
      const target = packed.release.name;
      const rollout = `r-${target}`;
      if (record.generation === 0)
        await must(rig.order({ type: "fence", rollout, expect: token(record), holder: "me" }));
      await must(rig.order({ type: "place", ...packed }));
      await must(rig.order({ type: "arm", rollout, attempt, target, from: link, lease: 60 }));
      let now = await must(rig.order({ type: "switch", attempt }));
      if (phase === "switched") return now;
      await must(rig.order({ type: "activate", attempt }));
      await must(rig.order({ type: "confirm", rollout, attempt }));
      now = await must(rig.order({ type: "prove", target }));
      return now;
    },
    close: () => transport.close(),
  };
  return rig;
}

/** Rigs for the tests of a file, closed after each. */
export function keepRigs() {
  const rigs: Rig[] = [];
  return {
    make(shell: Shell, base?: string): Rig {
      const rig = createRig(shell, base);
      rigs.push(rig);
      return rig;
    },
    closeAll: async () => {
      for (const rig of rigs.splice(0)) await rig.close();
    },
  };
}

/** The record of an order that must be done. */
export async function must(answering: Promise<Answer>): Promise<HostRecord> {
  const answer = await answering;
  if (answer.type !== "done") throw new Error(`not done: ${JSON.stringify(answer)}`);
  return answer.record;
}

/** Waits for what a host does by itself; fails with what was seen last, before the test's own time is over. */
export async function until<T>(look: () => Promise<T> | T, holds: (seen: T) => boolean): Promise<T> {
  const late = performance.now() + 50_000;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > late) throw new Error(`it never came to hold: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Puts a program of that name before the machine's own. */
export function installProgram({ transport, host }: Machine, name: string, text: string): void {
  const file = join(transport.home(host), "../../bin", name);
  rmSync(file, { force: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** From here on no second of a lease or of a limit passes on the host, until the function that it gives is called. */
export function stopTime(machine: Machine): () => void {
  const home = machine.transport.home(machine.host);
  const passes = join(home, "time-passes");
  const wait = `while [ "$*" = 1 ] && [ -d '${home}' ] && [ ! -e '${passes}' ]; do /bin/sleep 0.05; done`;
  installProgram(machine, "sleep", `${wait}\nexec /bin/sleep "$@"`);
  return () => writeFileSync(passes, "");
}

/** Ends these processes and waits until they are gone: one that was killed may still be seen for a while. */
export function endProcesses(pids: readonly string[]): void {
  const gone = 'gone() { case $(cat "/proc/$1/stat" 2>/dev/null) in "" | *") Z "*) ;; *) false ;; esac; }';
  const each = 'for pid; do kill -KILL "$pid" 2>/dev/null; until gone "$pid"; do sleep 0.02; done; done';
  spawnSync("sh", ["-c", `${gone}; ${each}`, "sh", ...pids]);
}

/** Ends the watchdogs of a tree, as a reboot does; those that have nothing more to watch may be gone already. */
export function endWatchdogs(tree: string): void {
  const folder = join(tree, ".ship");
  const files = readdirSync(folder).filter((name) => name.startsWith("watch-"));
  endProcesses(files.flatMap((name) => watchdogOf(join(folder, name)) ?? []));
}

/** The pid in a watchdog's file, which goes away with it. */
export function watchdogOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").split(" ")[0] || undefined;
  } catch {
    return undefined;
  }
}

export function pack(
  folder: string,
  version: string,
  files: Readonly<Record<string, string>>,
  more: Partial<Manifest>,
): Packed {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: 0o755 });
  }
  const archive = `${folder}.tar.gz`;
  const packed = spawnSync("tar", ["-czf", archive, "-C", folder, "."]);
  if (packed.status !== 0) throw new Error(packed.stderr.toString());
  const bytes = { digest: sha256(readFileSync(archive)), size: statSync(archive).size };
  const manifest: Manifest = {
    ...{ component: "api", version, ...bytes },
    ...{ activate: "", activateWithin: 10, deactivate: "", drain: "", drainFor: 0, undrain: "", shared: [] },
    environment: "",
    ...more,
  };
  const name = `${version}-${sha256(manifestText(manifest)).slice(0, 8)}`;
  return { release: { name, manifest }, archive, sha256: bytes.digest, size: bytes.size, env: {} };
}

function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
