import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { Client } from "ssh2";
import { afterAll, beforeAll } from "vitest";
import { closeSandbox } from "../../src/sandbox/close.ts";
import { type Opening, openSandbox, type Sandbox, type Target } from "../../src/sandbox/open.ts";

export type Ended = { readonly code: number | null; readonly signal: string | undefined; readonly out: string };

/** Sandboxes in a folder of their own, each closed at the end. Node 20 cannot run the background process's source: it is bundled. */
export function rig() {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "ship-sandbox-")));
  const program = join(base, "serve.mjs");
  const folders = new Set<string>();
  beforeAll(() => Promise.all([bundle(program), bundleSdk(join(base, "sdk.js"))]));
  afterAll(async () => {
    for (const folder of folders) await closeSandbox(folder);
    rmSync(base, { recursive: true, force: true });
  });
  return {
    base,
    folder: () => join(base, "fleets", randomUUID(), ".ship", "sandbox"),
    open(folder: string, hosts: readonly string[], seed?: Opening["seed"]): Promise<Sandbox> {
      folders.add(folder);
      const argv = [program, folder];
      return openSandbox(folder, hosts, seed === undefined ? { argv } : { argv, seed });
    },
  };
}

/** What the background process runs in these tests, in place of ship's hidden command. */
const entry = `
import { serveSandbox } from "../../src/sandbox/serve.ts";
await serveSandbox(process.argv[2] ?? "");
process.exit(0);
`;

/** As the build leaves it beside ship's own bundle. */
async function bundleSdk(outfile: string): Promise<void> {
  const entryPoints = [join(import.meta.dirname, "../../src/sdk/sdk.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" });
}

async function bundle(outfile: string): Promise<void> {
  await build({
    stdin: { contents: entry, resolveDir: import.meta.dirname, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["cpu-features", "*.node"],
    logLevel: "error",
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    define: { __dirname: "import.meta.dirname" },
  });
}

/** Logs in and hands the connection over; it is ended afterwards. */
export async function connected<T>(target: Target, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client();
  const ready = new Promise<void>((resolve, reject) => client.on("ready", resolve).on("error", reject));
  client.connect({
    host: target.address,
    port: target.port,
    username: target.user,
    privateKey: target.keys[0] ?? "",
    hostVerifier: (key: Buffer) => target.pinned.some((pinned) => pinned.key === key.toString("base64")),
  });
  try {
    await ready;
    return await work(client);
  } finally {
    client.end();
  }
}

/** Runs a command on a host; `out` holds both streams. */
export function run(target: Target, command: string, stdin: string | Buffer = ""): Promise<Ended> {
  return connected(target, (client) => execute(client, command, stdin));
}

export function execute(client: Client, command: string, stdin: string | Buffer = ""): Promise<Ended> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined) return reject(error);
      const parts: Buffer[] = [];
      channel.on("data", (part: Buffer) => parts.push(part));
      channel.stderr.on("data", (part: Buffer) => parts.push(part));
      channel.on("close", (code: number | null, signal?: string) =>
        resolve({ code, signal, out: Buffer.concat(parts).toString("utf8") }),
      );
      return channel.end(stdin);
    });
  });
}

/** A GET to what listens on the host's loopback, through the SSH connection. */
export function get(target: Target, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return connected(target, async (client) => fetchOver(await forwarded(client, 8080), path));
}

export function forwarded(client: Client, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, "127.0.0.1", port, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

function fetchOver(stream: Duplex, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ path, createConnection: () => stream }, async (response) => {
      let body = "";
      for await (const part of response.setEncoding("utf8")) body += part;
      resolve({ status: response.statusCode ?? 0, body });
    });
    asking.on("error", reject).end();
  });
}

/** Puts a version on a host by hand, as `api/releases/…` with its `current`, and restarts the app by the release's script. */
export async function put(folder: string, target: Target, version: string): Promise<Ended> {
  const home = join(folder, "hosts", target.name);
  const release = join(home, "api", "releases", version);
  mkdirSync(join(home, "api", "releases"), { recursive: true });
  rmSync(release, { recursive: true, force: true });
  cpSync(join(folder, "artifacts", version), release, { recursive: true });
  rmSync(join(home, "api", "current"), { force: true });
  symlinkSync(`releases/${version}`, join(home, "api", "current"));
  return run(target, "cd api/current && ./bin/restart");
}

/** Waits until it is so; a test that waits in vain fails by its own time limit. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await sleep(50);
}

/** A metric's number in an exposition: the value of the line that starts so. */
export function number(body: string, series: string): number {
  const line = body.split("\n").find((text) => text.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}
