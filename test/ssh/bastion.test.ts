import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import type { Target } from "../../src/ssh/target.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { ended, freePort, hasOpenSsh, untilItAnswers } from "../e2e/openssh-server.ts";

/** SHIP_BASTION_HOSTS=500 tries what is promised; fewer show the same, as sshd turns away from ten on and takes a hundred at most. */
const count = Number(process.env["SHIP_BASTION_HOSTS"] ?? 120);

/** Many hosts, each an address of one sshd, behind another sshd whose limits are those that it comes with. */
describe.runIf(hasOpenSsh())(`${count} hosts behind one bastion with stock limits`, () => {
  let folder: string;
  let servers: readonly ChildProcess[];
  let bastion: Target;
  let port: number;
  const log = () => readFileSync(join(folder, "bastion.log"), "utf8");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ship-bastion-"));
    for (const name of ["login", "key"])
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    port = await freePort();
    const front = await freePort();
    servers = [
      sshd(folder, "bastion", [`ListenAddress 127.0.0.1:${front}`, "LogLevel VERBOSE"]),
      sshd(folder, "hosts", [`ListenAddress 0.0.0.0:${port}`, "MaxStartups 1000", "LogLevel ERROR"]),
    ];
    bastion = target(folder, "127.0.0.1", front);
    await Promise.all(
      [front, port].map((at) => untilItAnswers({ name: "the bastion or its hosts", address: "127.0.0.1", port: at })),
    );
  });
  afterAll(async () => {
    await Promise.all(servers.map(ended));
    rmSync(folder, { recursive: true });
  });

  const hosts = Array.from({ length: count }, (_, index): Host => {
    const address = `127.77.${Math.floor(index / 250)}.${(index % 250) + 1}`;
    return { name: `h${index}`, address, port: undefined, user: undefined, labels: {}, cohort: "" };
  });

  async function runOnAll(resolve: (host: Host) => Promise<Target>) {
    const transport = openSsh({ resolve, concurrency: 64, connectWithin: 60_000 });
    const command = { line: "exit 3", stdin: [], within: 60_000, cap: 10 };
    const rans = await Promise.all(hosts.map((host) => transport.run(host, command)));
    await transport.close();
    return rans.map(({ exit }) => exit).filter((exit) => exit.type !== "exited" || exit.code !== 3);
  }

  test("are all reached, over one connection to it, and none is turned away", { timeout: 600_000 }, async () => {
    const behind = (host: Host): Target => ({
      ...target(folder, host.address ?? "", port),
      via: { type: "jump", target: bastion },
    });
    expect(await runOnAll(async (host) => behind(host))).toEqual([]);
    expect(log().match(/Accepted publickey/g)).toHaveLength(1);
    expect(log()).not.toContain("drop connection");
  });

  test("and as many logins on it itself, each of its own, fail none", { timeout: 600_000 }, async () => {
    expect(await runOnAll(async () => bastion)).toEqual([]);
    expect(log().match(/Accepted publickey/g)).toHaveLength(count + 1);
  });
});

function sshd(folder: string, name: string, lines: readonly string[]): ChildProcess {
  const config = join(folder, name);
  const all = [
    ...lines,
    ...[`HostKey ${folder}/key`, `AuthorizedKeysFile ${folder}/login.pub`, "PidFile none", "UsePAM no", "UseDNS no"],
    ...["StrictModes no", "PermitRootLogin prohibit-password", "SetEnv SHLVL=1"],
  ];
  writeFileSync(config, `${all.join("\n")}\n`);
  return spawn("/usr/sbin/sshd", ["-D", "-f", config, "-E", join(folder, `${name}.log`)], { stdio: "ignore" });
}

function target(folder: string, address: string, port: number): Target {
  const [type = "", key = ""] = readFileSync(join(folder, "key.pub"), "utf8").split(" ");
  return {
    ...{
      name: `[${address}]:${port}`,
      address,
      port,
      user: userName(),
      keys: [readFileSync(join(folder, "login"), "utf8")],
    },
    ...{ agent: undefined, agentKeys: undefined, pinned: [{ type, key, revoked: false, where: "here" }] },
    ...{ authorities: [], knownHosts: [], notes: [] },
  };
}

function userName(): string {
  return execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
}
