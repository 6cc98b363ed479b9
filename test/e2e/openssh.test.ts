import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Ran } from "../../src/core/transport.ts";
import { sshResolver } from "../../src/ssh/lookup/config.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { type Rig, type RigHost, startOpenSsh } from "./openssh.ts";
import { hasOpenSsh } from "./openssh-server.ts";

/** The rig itself: what tests build on must be true. */
describe.runIf(hasOpenSsh())("a rig of real OpenSSH servers", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startOpenSsh({ hosts: 3 });
  });
  afterAll(() => rig.stop());

  const transport = () => openSsh({ resolve: rig.resolve, concurrency: 4 });
  const command = (line: string) => ({ line, stdin: [], within: 20_000, cap: 10_000 });
  const out = (ran: Ran) => Buffer.from(ran.stdout).toString().trim();

  function host(index: number): RigHost {
    const found = rig.hosts[index];
    if (found === undefined) throw new Error("no such host");
    return found;
  }

  test("each host has a home of its own, and starts there, under sh and without anybody's .bashrc", async () => {
    const ssh = transport();
    const rans = await Promise.all(rig.hosts.map((one) => ssh.run(one.host, command("echo $PWD $HOME $TMPDIR $0"))));
    expect(rans.map(out)).toEqual(rig.hosts.map(({ home }) => `${home} ${home} ${home}/tmp /bin/sh`));
    await ssh.close();
  });

  test("a host can be stopped and started, and its neighbours do not notice", async () => {
    const ssh = transport();
    const running = ssh.run(host(1).host, command("sleep 60"));
    await expect.poll(() => rig.sessions(host(1)).length).toBeGreaterThan(0);
    await ssh.run(host(1).host, command("true"));
    await rig.stopHost(host(1));
    expect((await running).exit.type).toBe("lost");
    expect((await ssh.run(host(1).host, command("true"))).exit).toMatchObject({ type: "unsent", cause: "unreachable" });
    expect((await ssh.run(host(2).host, command("true"))).exit).toEqual({ type: "exited", code: 0 });
    await rig.startHost(host(1));
    expect((await ssh.run(host(1).host, command("true"))).exit).toEqual({ type: "exited", code: 0 });
    await ssh.close();
  });

  test("a program whose HOME has the rig's ssh_config reaches the hosts by name", async () => {
    const home = mkdtempSync(join(tmpdir(), "ship-rig-home-"));
    rig.writeSshConfig(home);
    vi.stubEnv("HOME", home);
    const ssh = openSsh({ resolve: sshResolver({ user: undefined }), concurrency: 4 });
    const named = {
      name: host(0).name,
      address: host(0).name,
      port: undefined,
      user: undefined,
      labels: {},
      cohort: "",
    };
    const ran = await ssh.run(named, command("echo $HOME"));
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
    await ssh.close();
    expect(ran.exit).toEqual({ type: "exited", code: 0 });
    expect(out(ran)).toBe(host(0).home);
  });

  test("what a command left running ends with the rig", async () => {
    const own = await startOpenSsh({ hosts: 1 });
    const ssh = openSsh({ resolve: own.resolve, concurrency: 1 });
    const only = own.hosts[0]?.host;
    if (only === undefined) throw new Error("a rig of one host has one");
    const pid = Number(out(await ssh.run(only, command("setsid sleep 600 >/dev/null 2>&1 </dev/null & echo $!"))));
    expect(isRunning(pid)).toBe(true);
    await ssh.close();
    await own.stop();
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

/** What nobody has waited for keeps its number though it has ended (Z): not every machine's first process waits. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
