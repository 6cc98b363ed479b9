import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import type { Command, Ran, Transport } from "../../src/core/transport.ts";
import { createHosts } from "../../src/host/perform.ts";
import type { Target } from "../../src/ssh/target.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { type Rig, type RigHost, startOpenSsh } from "../e2e/openssh.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";
import { startServer } from "./server.ts";

afterEach(() => vi.restoreAllMocks());

/** The clients that are made from here on. */
function clients(): readonly ssh2.Client[] {
  const made: ssh2.Client[] = [];
  const { connect } = ssh2.Client.prototype;
  vi.spyOn(ssh2.Client.prototype, "connect").mockImplementation(function (this: ssh2.Client, config) {
    made.push(this);
    return connect.call(this, config);
  });
  return made;
}

function run<T>(transport: Transport<T>, host: Host, line: string, more: Partial<Command> = {}): Promise<Ran> {
  return transport.run(host, { line, stdin: [], within: 20_000, cap: 1_000_000, ...more });
}

test("an error that comes late, or twice, is heard (pitfall 15)", async () => {
  const server = await startServer();
  const made = clients();
  const transport = openSsh({ resolve: async () => server.target, concurrency: 1 });
  await run(transport, server.host, "true");
  await transport.close();
  await server.stop();
  expect(made).toHaveLength(1);
  for (const client of made) expect(client.listenerCount("error")).toBeGreaterThan(0);
  expect(() => made[0]?.emit("error", new Error("late"))).not.toThrow();
  expect(() => made[0]?.emit("error", new Error("again"))).not.toThrow();
});

test("a client that has ended unnoticed throws, and the command is sent by the next one, once (pitfall 16)", async () => {
  const server = await startServer();
  const made = clients();
  const transport = openSsh({ resolve: async () => server.target, concurrency: 1 });
  await run(transport, server.host, "true");
  made[0]?.end();
  expect(() => made[0]?.exec("true", () => undefined)).toThrow("Not connected");
  expect((await run(transport, server.host, "exit 3")).exit).toEqual({ type: "exited", code: 3 });
  made[1]?.end();
  const connecting = transport.connect(server.host, { address: "127.0.0.1", port: 1 });
  await expect(connecting).rejects.toHaveProperty("code", "EHOSTUNREACH");
  expect(made).toHaveLength(2);
  await transport.close();
  await server.stop();
});

describe.runIf(hasOpenSsh())("on a real sshd", () => {
  let rig: Rig | undefined;
  let agent: ChildProcess | undefined;
  let folder: string | undefined;
  afterEach(async () => {
    agent?.kill();
    await rig?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
    [agent, rig, folder] = [undefined, undefined, undefined];
  });

  type Fixture = { readonly of: Rig; readonly only: RigHost; readonly target: Target };
  async function start(config: string): Promise<Fixture> {
    const of = await startOpenSsh({ hosts: 1, prepare: () => config });
    rig = of;
    const [only] = of.hosts;
    if (only === undefined) throw new Error("a rig of one host has one");
    return { of, only, target: await of.resolve(only.host) };
  }

  /** An agent with new keys, of which the first needs somebody's consent each time, which nobody can give. */
  async function agentWith(of: Rig, ...flags: readonly string[][]): Promise<string> {
    folder = mkdtempSync(join(tmpdir(), "ship-agent-"));
    const socket = join(folder, "socket");
    const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: "/bin/false", DISPLAY: "" };
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore", env });
    await vi.waitUntil(() => existsSync(socket), { timeout: 50_000 });
    for (const [index, flag] of flags.entries()) {
      const key = join(folder, `key-${index}`);
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
      execFileSync("ssh-add", ["-q", ...flag, key], { env, stdio: "ignore" });
      appendFileSync(join(of.root, "authorized_keys"), readFileSync(`${key}.pub`));
    }
    return socket;
  }

  async function login(host: Host, target: Target): Promise<Ran["exit"]> {
    const transport = openSsh({ resolve: async () => target, concurrency: 1 });
    const { exit } = await run(transport, host, "exit 3");
    await transport.close();
    return exit;
  }

  test("an agent's key that cannot sign is an error, and the next one logs in (pitfall 14)", async () => {
    const { of, only, target } = await start("");
    const agent = await agentWith(of, ["-c"], []);
    expect(await login(only.host, { ...target, keys: [], agent })).toEqual({ type: "exited", code: 3 });
  });

  test("a server that wants two keys gets a file's and the agent's, and where one is missing that is said (pitfall 24)", async () => {
    const { of, only, target } = await start("AuthenticationMethods publickey,publickey\n");
    const agent = await agentWith(of, []);
    expect(await login(only.host, { ...target, agent })).toEqual({ type: "exited", code: 3 });
    expect(await login(only.host, target)).toMatchObject({
      type: "unsent",
      cause: "auth",
      reason: expect.stringContaining("it took a key and wants publickey besides"),
    });
  });

  test("keys that are exchanged anew in the midst of a command do not harm it (pitfall 26)", async () => {
    const { only, target } = await start("RekeyLimit 1M\n");
    const transport = openSsh({ resolve: async () => target, concurrency: 1 });
    const stdin = Array.from({ length: 8 }, () => new Uint8Array(1_000_000));
    const ran = await run(transport, only.host, "wc -c; head -c 4000000 /dev/zero", { stdin, cap: 5_000_000 });
    await transport.close();
    expect(ran.exit).toEqual({ type: "exited", code: 0 });
    expect(ran.stdout.length).toBe(4_000_008);
  });

  test("a program that outlives its connection is ended by the host itself, at its time (pitfalls 7, 8, 9)", async () => {
    const { of, only, target } = await start("");
    const transport = openSsh({ resolve: async () => target, concurrency: 1 });
    const pidFile = join(only.home, "pid");
    const place = { component: "api", path: only.home };
    mkdirSync(join(only.home, "releases/v1"), { recursive: true });
    symlinkSync("releases/v1", join(only.home, "current"));
    const running = createHosts(transport).perform(only.host, place, {
      type: "execute",
      run: `echo $$ >${pidFile}; sleep 60`,
      within: 8000,
    });
    await vi.waitUntil(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", { timeout: 30_000 });
    const pid = readFileSync(pidFile, "utf8").trim();
    of.cut(only);
    await running;
    expect(existsSync(`/proc/${pid}/cwd`)).toBe(true);
    await vi.waitUntil(() => !existsSync(`/proc/${pid}`), { timeout: 50_000 });
    await transport.close();
  });
});
