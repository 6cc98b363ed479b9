import { type ChildProcess, execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exit } from "../../src/core/transport.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { type Rig, type RigHost, startOpenSsh } from "../e2e/openssh.ts";
import { ended, hasOpenSsh, startServer, untilItAnswers } from "../e2e/openssh-server.ts";

/** Servers for which one key is not enough: the first wants two, the second a key and something that only a person has. */
describe.skipIf(!hasOpenSsh())("a server that wants more than a key (pitfall 24)", () => {
  let rig: Rig;
  let servers: readonly ChildProcess[];
  const wanted = ["publickey,publickey", "publickey,password"];
  beforeAll(async () => {
    rig = await startOpenSsh({ hosts: 2 });
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(rig.root, "second")]);
    const second = readFileSync(join(rig.root, "second.pub"), "utf8");
    writeFileSync(join(rig.root, "authorized_keys"), second, { flag: "a" });
    servers = await Promise.all(rig.hosts.map((host, i) => wanting(host, wanted[i] ?? "")));
  });
  afterAll(async () => {
    await Promise.all(servers.map(ended));
    await rig.stop();
  });

  async function wanting(host: RigHost, methods: string): Promise<ChildProcess> {
    await rig.stopHost(host);
    const config = join(rig.root, `sshd_config-${host.name}`);
    const usual = readFileSync(join(rig.root, "sshd_config"), "utf8").replace(/^(Password.*|PermitRoot.*)$/gm, "");
    const more = `PasswordAuthentication yes\nPermitRootLogin yes\nAuthenticationMethods ${methods}\n`;
    writeFileSync(config, `${usual}${more}`);
    const server = startServer(config, rig.root, host);
    await untilItAnswers(host);
    return server;
  }

  async function login(host: RigHost | undefined, files: readonly string[]): Promise<Exit> {
    if (host === undefined) throw new Error("the rig has two hosts");
    const keys = files.map((file) => readFileSync(file, "utf8"));
    const resolve = async () => ({ ...(await rig.resolve(host.host)), keys, keyFiles: files });
    const transport = openSsh({ resolve, concurrency: 1 });
    const ran = await transport.run(host.host, { line: "exit 3", stdin: [], within: 20_000, cap: 10 });
    await transport.close();
    return ran.exit;
  }

  test("gets the second key after the first, and one alone is not enough", async () => {
    expect(await login(rig.hosts[0], [rig.key, join(rig.root, "second")])).toEqual({ type: "exited", code: 3 });
    expect(await login(rig.hosts[0], [rig.key])).toMatchObject({
      type: "unsent",
      cause: "auth",
      reason: expect.stringContaining("it took a key and wants publickey besides"),
    });
  });

  test("is told apart from one that takes no key at all", async () => {
    expect(await login(rig.hosts[1], [rig.key])).toMatchObject({
      type: "unsent",
      cause: "auth",
      reason: expect.stringContaining("it took a key and wants password besides, which ship does not answer"),
    });
  });
});
