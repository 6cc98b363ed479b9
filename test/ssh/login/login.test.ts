import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Exit } from "../../../src/core/transport.ts";
import type { Target } from "../../../src/ssh/target.ts";
import { openSsh } from "../../../src/ssh/transport.ts";
import { blob, makeKeyPair } from "../keys.ts";
import { startServer, type TestServer } from "../server.ts";

let server: TestServer;
let folder: string;
let socket: string;
let agent: ChildProcess;
const stranger = makeKeyPair();

beforeAll(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), "ship-agent-"));
  socket = join(folder, "agent");
  agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  await vi.waitUntil(() => existsSync(socket), { timeout: 50_000 });
  add(stranger.private, "stranger");
  add(server.target.keys[0] ?? "", "login");
});
afterAll(async () => {
  agent.kill();
  rmSync(folder, { recursive: true });
  await server.stop();
});

function add(key: string, name: string): void {
  writeFileSync(join(folder, name), key, { mode: 0o600 });
  execFileSync("ssh-add", ["-q", join(folder, name)], {
    env: { ...process.env, SSH_AUTH_SOCK: socket },
    stdio: "ignore",
  });
}

async function login(change: Partial<Target>): Promise<Exit> {
  const transport = openSsh({ resolve: async () => ({ ...server.target, keys: [], ...change }), concurrency: 1 });
  const ran = await transport.run(server.host, { line: "true", stdin: [], within: 10_000, cap: 10 });
  await transport.close();
  return ran.exit;
}

test("the agent's keys log in, after files that do not", async () => {
  expect(await login({ agent: socket })).toEqual({ type: "exited", code: 0 });
  expect(await login({ agent: socket, keys: [stranger.private] })).toEqual({ type: "exited", code: 0 });
});

test("S7: only those keys of the agent are tried that may be", async () => {
  const only = [blob(stranger.public).toString("base64")];
  const asked = server.counts.asked;
  expect(await login({ agent: socket, agentKeys: only })).toMatchObject({ type: "unsent", cause: "auth" });
  expect(server.counts.asked - asked).toBe(1);
  expect(await login({ agent: socket, agentKeys: [] })).toMatchObject({ type: "unsent", cause: "auth" });
});

test("those keys of the agent come first that ssh's config names, and none that was tried as a file: a server counts each", async () => {
  const asked = async (change: Partial<Target>) => {
    const before = server.counts.asked;
    expect(await login({ agent: socket, ...change })).toEqual({ type: "exited", code: 0 });
    return server.counts.asked - before;
  };
  const parsed = ssh2.utils.parseKey(server.target.keys[0] ?? "");
  const named = parsed instanceof Error ? [] : [parsed.getPublicSSH().toString("base64")];
  const [first, last] = [await asked({ agentFirst: named }), await asked({})];
  expect(last - first).toBe(1);
  // The stranger's key is asked about as a file alone, and not again as one of the agent's.
  expect((await asked({ keys: [stranger.private], agentFirst: named })) - first).toBe(1);
  expect((await asked({ keys: [stranger.private] })) - first).toBe(1);
});

test("S7: a server is never offered the agent, though it is used to log in", async () => {
  const before = server.counts.agents;
  expect(await login({ agent: socket })).toEqual({ type: "exited", code: 0 });
  expect(server.counts.agents).toBe(before);
  await offersAgent();
  expect(server.counts.agents).toBe(before + 1);
});

/** What a client does that forwards its agent: so that the server's silence says something. */
function offersAgent(): Promise<void> {
  const { address: host, port, user: username } = server.target;
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on("error", reject);
    client.on("ready", () =>
      client.exec("true", (error, channel) => {
        if (error !== undefined) return reject(error);
        channel.resume().on("close", () => {
          client.end();
          resolve();
        });
      }),
    );
    client.connect({ host, port, username, agent: socket, agentForward: true, hostVerifier: () => true });
  });
}

test("an agent that is not there costs nothing but its own keys", async () => {
  const gone = join(folder, "gone");
  expect(await login({ agent: gone, keys: server.target.keys })).toEqual({ type: "exited", code: 0 });
  expect(await login({ agent: gone })).toMatchObject({ type: "unsent", cause: "auth" });
});

test("without any key nobody is bothered with a password", async () => {
  const exit = await login({});
  expect(exit).toMatchObject({ cause: "auth", reason: expect.stringContaining("tried 0 key files and no agent") });
});
