import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type ServerChannel, utils } from "ssh2";
import { type SandboxHost, startHost } from "./host.ts";
import { type Layout, layout } from "./layout.ts";
import { startOf } from "./process.ts";
import { type ControlAnswer, type Request, request } from "./request.ts";
import { listen } from "./server.ts";
import { type Keys, readKeys, readState, type State, writeJson } from "./state.ts";
import { endMarked } from "./trace.ts";
import { writeArtifacts } from "./versions.ts";

/**
 * The sandbox's own process: SSH servers, supervisors and traffic of all hosts. Ends when it is told to, or when the
 * folder or its state file is gone or another's; nothing that it started outlives it for long.
 */
export async function serveSandbox(folder: string): Promise<void> {
  const places = layout(folder);
  const keys = readKeys(places.keys) ?? makeKeys(places);
  writeArtifacts(places.artifacts);
  const nonce = randomUUID();
  const hosts = new Map<string, SandboxHost>();
  const service = { execute: answering(async (asked) => serve(asked, { hosts, keys, nonce, places })) };
  const control = await listen(keys, service);
  const state = { pid: process.pid, started: startOf(process.pid) ?? "", nonce, control: control.port() };
  writeJson(places.state, state);
  await untilUnwanted(places, state);
  await control.shut();
  await Promise.all([...hosts.values()].map((host) => host.close()));
  await endMarked(nonce);
}

type World = {
  readonly hosts: Map<string, SandboxHost>;
  readonly keys: Keys;
  readonly nonce: string;
  readonly places: Layout;
};

async function serve(asked: Request, world: World): Promise<ControlAnswer> {
  if (asked.do === "open") await openHosts(asked.hosts, world);
  if (asked.do === "break") {
    const host = world.hosts.get(asked.host);
    if (host === undefined) return { error: `no host ${JSON.stringify(asked.host)} in this sandbox` };
    await host.break(asked.how);
  }
  return { hosts: [...world.hosts.values()].map((host) => host.status()) };
}

/** Hosts that are there already are left as they are; none is ever taken away while the sandbox runs. */
async function openHosts(names: readonly string[], world: World): Promise<void> {
  for (const name of names) {
    if (world.hosts.has(name)) continue;
    const home = world.places.home(name);
    const host = await startHost({ name, home, keys: world.keys, nonce: world.nonce, index: world.hosts.size });
    world.hosts.set(name, host);
  }
}

/** One request at a time, so that two that open the same host make one. */
function answering(respond: (asked: Request) => Promise<ControlAnswer>) {
  let turn: Promise<unknown> = Promise.resolve();
  return (command: string, channel: ServerChannel) => {
    channel.on("error", () => {});
    turn = turn.then(async () => {
      channel.end(JSON.stringify(await respondTo(command, respond)));
      channel.exit(0);
    });
  };
}

async function respondTo(command: string, respond: (asked: Request) => Promise<ControlAnswer>): Promise<ControlAnswer> {
  try {
    return await respond(request.parse(JSON.parse(command)));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function makeKeys(places: Layout): Keys {
  mkdirSync(places.folder, { recursive: true, mode: 0o700 });
  const keys = { host: makePair("sandbox-host"), client: makePair("sandbox-client") };
  writeJson(places.keys, keys);
  return keys;
}

/** One in two hundred ed25519 keys that ssh2 1.17 makes is malformed, and it cannot read them itself: then another is made. */
function makePair(comment: string): Keys["host"] {
  for (;;) {
    const made = utils.generateKeyPairSync("ed25519", { comment });
    const readable = [made.private, made.public].every((text) => !(utils.parseKey(text) instanceof Error));
    if (readable) return { private: made.private, public: made.public };
  }
}

/** Resolves at a signal, or within two seconds of the moment when the state file no longer names this process. */
function untilUnwanted(places: Layout, state: State): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (readState(places.state)?.nonce !== state.nonce) stop();
    }, 2000);
    const stop = () => {
      clearInterval(timer);
      resolve();
    };
    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, stop);
  });
}
