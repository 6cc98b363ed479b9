import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import type { Route } from "../../src/core/route.ts";
import type { Exit } from "../../src/core/transport.ts";
import { sshResolver } from "../../src/ssh/lookup/config.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { type Rig, type RigHost, startOpenSsh } from "../e2e/openssh.ts";
import { ended, hasOpenSsh, startServer, untilItAnswers } from "../e2e/openssh-server.ts";

/** A bastion, a host behind it, and one behind that, each with a host key and a login key of its own, as a user's ssh config names them. */
describe.skipIf(!hasOpenSsh())("jump hosts that run OpenSSH", () => {
  let rig: Rig;
  let servers: readonly ChildProcess[];
  let agent: ChildProcess;
  let home: string;
  let socket: string;

  beforeAll(async () => {
    rig = await startOpenSsh({ hosts: 3 });
    servers = await Promise.all(rig.hosts.map((host) => ownLogin(rig, host)));
    home = join(rig.root, "home");
    mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
    socket = join(rig.root, "agent");
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await vi.waitUntil(() => existsSync(socket), { timeout: 50_000 });
  });
  afterAll(async () => {
    agent.kill();
    await Promise.all(servers.map(ended));
    await rig.stop();
  });
  beforeEach(() => {
    vi.stubEnv("HOME", home);
    vi.stubEnv("SSH_AUTH_SOCK", socket);
    writeFileSync(join(home, ".ssh/known_hosts"), readFileSync(rig.knownHosts));
  });
  afterEach(() => vi.unstubAllEnvs());

  const key = ({ name }: RigHost) => join(rig.root, `login-${name}`);
  const log = ({ name }: RigHost) => readFileSync(join(rig.root, "keys", `${name}.log`), "utf8");
  const count = (host: RigHost, words: string) => log(host).split(words).length - 1;

  /** Writes ~/.ssh/config: for each of the three what leads to it, and more lines for the last one. */
  function configure(ways: readonly string[], last = ""): void {
    const entries = rig.hosts.map(
      (host, i) =>
        `Host ${host.name}${i === 2 ? " far-*" : ""}\n HostName ${host.address}\n Port ${host.port}\n ${ways[i]}\n${i === 2 ? last : ""} IdentityFile ${key(host)}\n`,
    );
    const every = `Host *\n User ${rig.user}\n IdentitiesOnly yes\n GlobalKnownHostsFile none\n UserKnownHostsFile ${home}/.ssh/known_hosts\n`;
    writeFileSync(join(home, ".ssh/config"), entries.join("") + every, { mode: 0o600 });
  }

  async function run(names: readonly string[], routes = new Map<string, Route>()): Promise<readonly Exit[]> {
    const met = (host: Host, route: Route) => routes.set(host.name, route);
    const transport = openSsh({ resolve: sshResolver({ user: undefined }), concurrency: 64, met });
    const rans = await Promise.all(
      names.map((name) => {
        const host = { name, address: name, port: undefined, user: undefined, labels: {}, cohort: "" };
        return transport.run(host, { line: "exit 4", stdin: [], within: 20_000, cap: 10 });
      }),
    );
    await transport.close();
    return rans.map(({ exit }) => exit);
  }
  const chain = ["ProxyJump none", "ProxyJump h01", "ProxyJump h01,h02"];

  test("a chain of two, each with its own login key and its own host key; what was used can be told", async () => {
    configure(chain);
    const routes = new Map<string, Route>();
    expect(await run(["h03"], routes)).toEqual([{ type: "exited", code: 4 }]);
    const [one, two, three] = rig.hosts.map(({ address, port }) => `${rig.user}@${address}:${port}`);
    const route = routes.get("h03");
    expect(route).toMatchObject({ transport: "ssh2", reason: "", jumps: [one, two], command: null });
    expect(`${route?.user}@${route?.address}:${route?.port}`).toBe(three);
    expect(route?.login).toBe(join(rig.root, "login-h03"));
    expect(route?.trusted).toMatchObject({ type: "ssh-ed25519", where: `${join(home, ".ssh/known_hosts")}:3` });
  });

  test("sixty behind one share its connection, where a connection takes ten sessions (pitfall 27)", async () => {
    configure(chain.with(2, "ProxyJump h01"));
    const [bastion, , far] = rig.hosts;
    if (bastion === undefined || far === undefined) throw new Error("a rig of three has them");
    const before = [count(bastion, "Accepted publickey"), count(far, "Accepted publickey")];
    const names = Array.from({ length: 60 }, (_, i) => `far-${i}`);
    expect(new Set((await run(names)).map((exit) => JSON.stringify(exit)))).toEqual(
      new Set([JSON.stringify({ type: "exited", code: 4 })]),
    );
    const after = [count(bastion, "Accepted publickey"), count(far, "Accepted publickey")];
    expect([0, 1].map((i) => (after[i] ?? 0) - (before[i] ?? 0))).toEqual([1, 60]);
  });

  test("a hop with another key than the pinned one: nobody logs in there, and nothing reaches the next", async () => {
    configure(chain);
    const lines = readFileSync(rig.knownHosts, "utf8").split("\n");
    const [first = "", second = ""] = lines;
    const wrong = [second.split(" ")[0], ...first.split(" ").slice(1)].join(" ");
    writeFileSync(join(home, ".ssh/known_hosts"), lines.with(1, wrong).join("\n"));
    const [, inner, far] = rig.hosts;
    if (inner === undefined || far === undefined) throw new Error("a rig of three has them");
    const before = [count(inner, "Accepted"), count(inner, "Failed"), count(far, "Connection from")];
    const [exit] = await run(["h03"]);
    expect(exit).toMatchObject({ type: "unsent", cause: "host-key" });
    expect(exit?.type === "unsent" && exit.reason).toMatch(/^the jump host .*has changed: known is ssh-ed25519 SHA256/);
    expect([count(inner, "Accepted"), count(inner, "Failed"), count(far, "Connection from")]).toEqual(before);
  });

  test("a revoked key refuses, whatever else pins it", async () => {
    configure(chain.with(2, "ProxyJump none"));
    const line = readFileSync(rig.knownHosts, "utf8").split("\n")[2] ?? "";
    writeFileSync(join(home, ".ssh/known_hosts"), `${line}\n@revoked * ${line.split(" ").slice(1).join(" ")}\n`);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", join(home, ".ssh/known_hosts")], { stdio: "ignore" });
    expect(await run(["h03"])).toMatchObject([
      { type: "unsent", cause: "host-key", reason: expect.stringContaining("is marked @revoked at") },
    ]);
  });

  test("a ProxyCommand that is ssh itself", async () => {
    configure(chain.with(2, `ProxyCommand ssh -F ${join(home, ".ssh/config")} -W [%h]:%p h01`));
    expect(await run(["h03"])).toEqual([{ type: "exited", code: 4 }]);
  });

  test("a key with a passphrase logs in by the agent that holds it, before the agent's others", async () => {
    configure(chain.with(2, "ProxyJump none"));
    const [, , far] = rig.hosts;
    if (far === undefined) throw new Error("a rig of three has it");
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret", "-f", key(far)], { stdio: "ignore" });
    const [refused] = await run(["h03"]);
    expect(refused).toMatchObject({
      type: "unsent",
      cause: "auth",
      reason: expect.stringContaining(`ssh-add ${key(far)}`),
    });
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "secret", "-N", "", "-f", key(far)], { stdio: "ignore" });
    const others = rig.hosts.slice(0, 2).map(key);
    execFileSync("ssh-add", ["-q", ...others, key(far)], { stdio: "ignore" });
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret", "-f", key(far)], { stdio: "ignore" });
    const routes = new Map<string, Route>();
    expect(await run(["h03"], routes)).toEqual([{ type: "exited", code: 4 }]);
    expect(routes.get("h03")?.login).toMatch(/^ssh-agent SHA256:/);
  });
});

/** Starts the host's server anew, so that it lets in one key of its own, and tells who comes. */
async function ownLogin(rig: Rig, host: RigHost): Promise<ChildProcess> {
  await rig.stopHost(host);
  const login = join(rig.root, `login-${host.name}`);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", host.name, "-f", login]);
  const text = readFileSync(join(rig.root, "sshd_config"), "utf8")
    .replace(/AuthorizedKeysFile .*/, `AuthorizedKeysFile ${login}.pub`)
    .replace(/MaxStartups .*/, "MaxStartups 200")
    .replace("LogLevel ERROR", "LogLevel VERBOSE");
  const config = join(rig.root, `sshd_config-${host.name}`);
  writeFileSync(config, text);
  const server = startServer(config, rig.root, host);
  await untilItAnswers(host);
  return server;
}
