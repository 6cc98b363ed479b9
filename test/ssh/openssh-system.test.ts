import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Exit } from "../../src/core/transport.ts";
import { sshResolver } from "../../src/ssh/lookup/config.ts";
import type { Target } from "../../src/ssh/target.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { type Rig, type RigHost, startOpenSsh } from "../e2e/openssh.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";

describe.runIf(hasOpenSsh())("servers that ssh2 cannot log in to", () => {
  let home: string;
  let rig: Rig | undefined;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "ship-home-"));
    mkdirSync(join(home, ".ssh"));
    vi.stubEnv("HOME", home);
    vi.stubEnv("SSH_AUTH_SOCK", "");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rig?.stop();
    rmSync(home, { recursive: true });
  });

  async function start(prepare: (root: string, hosts: readonly RigHost[]) => string): Promise<Rig> {
    rig = await startOpenSsh({ hosts: 1, prepare });
    return rig;
  }

  const keygen = (...args: string[]) => execFileSync("ssh-keygen", ["-q", ...args], { stdio: "pipe" });
  const newKey = (file: string) => keygen("-t", "ed25519", "-N", "", "-f", file);
  const host = (of: Rig) => ({ ...of.hosts[0]?.host, name: "h01", address: "h01", port: undefined }) as RigHost["host"];

  /** The rig's own ssh_config, with `lines` before it. */
  function configure(of: Rig, lines: string): void {
    of.writeSshConfig(home);
    const file = join(home, ".ssh", "config");
    writeFileSync(file, `Host *\n${lines}${readFileSync(file, "utf8")}`);
  }

  async function run(
    of: Rig,
    change: (target: Target) => Target = (same) => same,
    line = "exit 5",
  ): Promise<{ exit: Exit; why: string | undefined }> {
    let why: string | undefined;
    const look = sshResolver({ user: undefined });
    const resolve = async (one: RigHost["host"]) => {
      const target = change(await look(one));
      why = target.system?.why;
      return target;
    };
    const transport = openSsh({ resolve, concurrency: 1 });
    const { exit } = await transport.run(host(of), { line, stdin: [], within: 20_000, cap: 10 });
    await transport.close();
    return { exit, why };
  }

  const withoutSystem = ({ system: _, ...target }: Target): Target => target;

  test("a user's certificate logs in, where its key alone does not (pitfall 21)", async () => {
    const of = await start((root) => {
      newKey(join(root, "ca"));
      return `TrustedUserCAKeys ${root}/ca.pub\n`;
    });
    const login = join(home, ".ssh", "id_login");
    newKey(login);
    keygen("-s", join(of.root, "ca"), "-I", "me", "-n", of.user, `${login}.pub`);
    configure(of, `  IdentityFile ${login}\n`);
    writeFileSync(join(of.root, "authorized_keys"), "");
    expect(await run(of)).toEqual({ exit: { type: "exited", code: 5 }, why: `the certificate ${login}-cert.pub` });
    expect((await run(of, withoutSystem)).exit).toMatchObject({ type: "unsent", cause: "auth" });
  });

  test("a host's certificate is checked against @cert-authority, by its names and its dates (pitfall 21)", async () => {
    const of = await start((root, [only]) => {
      newKey(join(root, "ca"));
      const shown = join(root, "keys", "h01");
      keygen("-s", join(root, "ca"), "-h", "-I", "h01", "-n", `${only?.address},h01`, `${shown}.pub`);
      return `HostCertificate ${shown}-cert.pub\n`;
    });
    configure(of, "");
    const known = (text: string) => writeFileSync(of.knownHosts, text);
    const ca = readFileSync(join(of.root, "ca.pub"), "utf8");
    known(`@cert-authority * ${ca}`);
    expect(await run(of)).toEqual({
      exit: { type: "exited", code: 5 },
      why: `@cert-authority at ${of.knownHosts}:1`,
    });
    newKey(join(of.root, "other"));
    known(`@cert-authority * ${readFileSync(join(of.root, "other.pub"), "utf8")}`);
    expect((await run(of)).exit).toMatchObject({
      type: "unsent",
      cause: "host-key",
      reason: expect.stringMatching(
        /certificate authority, which has not certified it\); it shows ssh-ed25519 SHA256:\S{43}:/,
      ),
    });
    const shown = join(of.root, "keys", "h01");
    keygen("-s", join(of.root, "ca"), "-h", "-I", "h01", "-n", "another.example.com", `${shown}.pub`);
    await of.stopHost(of.hosts[0] as RigHost);
    await of.startHost(of.hosts[0] as RigHost);
    known(`@cert-authority * ${ca}`);
    expect((await run(of)).exit).toMatchObject({
      type: "unsent",
      cause: "host-key",
      reason: expect.stringMatching(/the host certificate of .* does not stand: .*principal/),
    });
  });

  test("a key that ssh's config trusts no more is not trusted, though known_hosts has it", async () => {
    const of = await start(() => "");
    const revoked = join(home, "revoked");
    const shown = readFileSync(join(of.root, "keys", "h01.pub"), "utf8");
    configure(of, `  RevokedHostKeys ${revoked}\n`);
    writeFileSync(revoked, "");
    expect(await run(of)).toEqual({ exit: { type: "exited", code: 5 }, why: "RevokedHostKeys" });
    writeFileSync(revoked, shown);
    expect((await run(of)).exit).toMatchObject({
      type: "unsent",
      cause: "host-key",
      reason: expect.stringMatching(/^ssh's config does not allow the host key of .*: Host key .* revoked by file /),
    });
    rmSync(revoked);
    expect((await run(of)).exit).toMatchObject({ type: "unsent", cause: "host-key" });
    const keys = join(home, "keys");
    writeFileSync(keys, `#!/bin/sh\necho '@revoked * ${shown.trim()}'\n`, { mode: 0o700 });
    configure(of, `  KnownHostsCommand ${keys}\n`);
    expect(await run(of)).toMatchObject({ exit: { type: "unsent", cause: "host-key" }, why: "KnownHostsCommand" });
  });

  test("a host that is to be reached from an address of this machine's is reached from there", async () => {
    const of = await start(() => "");
    configure(of, "  BindAddress 127.0.0.9\n");
    const line = 'case $SSH_CONNECTION in "127.0.0.9 "*) exit 5 ;; esac';
    expect(await run(of, undefined, line)).toEqual({ exit: { type: "exited", code: 5 }, why: "BindAddress" });
  });

  test("a server that asks for signs of life gets them while a command runs", async () => {
    const of = await start(() => "ClientAliveInterval 2\nClientAliveCountMax 2\n");
    configure(of, `  CertificateFile ${join(home, "none-cert.pub")}\n`);
    const { exit, why } = await run(of, undefined, "sleep 9; exit 6");
    expect([exit, why]).toEqual([{ type: "exited", code: 6 }, "CertificateFile"]);
  });

  test("a server that takes only a post-quantum key exchange is found out at the handshake (pitfall 23)", async () => {
    const of = await start(() => "KexAlgorithms sntrup761x25519-sha512@openssh.com\n");
    configure(of, "");
    expect(await run(of)).toEqual({ exit: { type: "exited", code: 5 }, why: undefined });
    expect((await run(of, withoutSystem)).exit).toMatchObject({
      type: "unsent",
      cause: "unreachable",
      reason: expect.stringContaining("no matching key exchange"),
    });
  });

  test("a security key that is not plugged in is named where the login fails (pitfall 22)", async () => {
    const of = await start(() => "");
    const file = join(home, ".ssh", "id_ed25519_sk");
    writeFileSync(file, "a handle of a security key\n", { mode: 0o600 });
    writeFileSync(`${file}.pub`, "sk-ssh-ed25519@openssh.com AAAA me\n");
    configure(of, "");
    const config = join(home, ".ssh", "config");
    writeFileSync(config, readFileSync(config, "utf8").replace(/IdentityFile .*/, `IdentityFile ${file}`));
    const { exit, why } = await run(of);
    expect(why).toBe(`the security key ${file}`);
    expect(exit).toMatchObject({
      type: "unsent",
      cause: "auth",
      reason: expect.stringContaining(`Load key "${file}"`),
    });
  });

  test("a host behind a bastion that only the system's ssh can log in to is reached through it (pitfall 27)", async () => {
    const of = await start(() => "");
    configure(of, "");
    const config = join(home, ".ssh", "config");
    const [only] = of.hosts;
    const bastion = `Host bastion\n  HostName ${only?.address}\n  Port ${only?.port}\n`;
    const certificate = `  CertificateFile ${join(home, "none-cert.pub")}\n`;
    writeFileSync(config, `${bastion}${certificate}Host h01\n  ProxyJump bastion\n${readFileSync(config, "utf8")}`);
    expect(await run(of)).toEqual({ exit: { type: "exited", code: 5 }, why: undefined });
    const both = `Host *\n${certificate}${readFileSync(config, "utf8")}`;
    writeFileSync(config, both);
    expect(await run(of)).toEqual({ exit: { type: "exited", code: 5 }, why: "CertificateFile" });
    writeFileSync(config, `Host bastion\n  HostKeyAlias nobody\n  StrictHostKeyChecking no\n${both}`);
    expect((await run(of)).exit).toMatchObject({
      type: "unsent",
      cause: "host-key",
      reason: expect.stringMatching(/^the jump host .*nobody: No \S+ host key is known for nobody/),
    });
  });
});
