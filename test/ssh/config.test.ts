import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import { resolveWithSsh } from "../../src/ssh/config.ts";
import { makeKeyPair } from "./keys.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "ship-home-"));
  mkdirSync(join(home, ".ssh"));
  vi.stubEnv("HOME", home);
  vi.stubEnv("SSH_AUTH_SOCK", "/run/agent");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const key = makeKeyPair().public;
const api = host({ name: "api", address: "api" });

function host(given: Partial<Host>): Host {
  return { name: "api", address: "api", port: undefined, user: undefined, labels: {}, cohort: "all", ...given };
}

function write(name: string, text: string): string {
  const file = join(home, ".ssh", name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

const resolve = (one: Host = api, user?: string) => resolveWithSsh(one, { user });

describe("ssh's own config", () => {
  test("says address, port, user and keys", async () => {
    const { private: text } = makeKeyPair();
    write("deploy key", text);
    write(
      "config",
      'Host api\n HostName 10.0.0.5\n Port 2222\n User deploy\n IdentityFile ~/.ssh/%u%%\nHost *\n IdentityFile "%d/.ssh/deploy key"\n',
    );
    write("known_hosts", `[10.0.0.5]:2222 ${key}\n`);
    const target = await resolve();
    expect(target).toMatchObject({ name: "[10.0.0.5]:2222", address: "10.0.0.5", port: 2222, user: "deploy" });
    expect(target.keys).toEqual([text]);
    expect(target.pinned.map((pinned) => pinned.where)).toEqual([join(home, ".ssh", "known_hosts:1")]);
    expect(target.agent).toBe("/run/agent");
  });

  test("gives way to what ship's config says", async () => {
    write("config", "Host api\n HostName 10.0.0.5\n Port 2222\n User deploy\n");
    const asked = host({ address: "10.0.0.6", port: 22, user: "root" });
    expect(await resolve(asked)).toMatchObject({ name: "10.0.0.6", address: "10.0.0.6", port: 22, user: "root" });
    expect(await resolve(api, "ops")).toMatchObject({ address: "10.0.0.5", port: 2222, user: "ops" });
  });

  test("is read for the user that ship was told", async () => {
    write("config", "Match user ops\n Port 2200\n");
    expect(await resolve(api, "ops")).toMatchObject({ port: 2200 });
    expect(await resolve(api)).toMatchObject({ port: 22 });
  });

  test("may name the host otherwise for known_hosts", async () => {
    write(
      "config",
      "Host api\n HostName 10.0.0.5\n Port 2222\n HostKeyAlias Fleet\n UserKnownHostsFile ~/.ssh/fleet\n",
    );
    write("fleet", `fleet ${key}\n[10.0.0.5]:2222 ${key}\n`);
    const target = await resolve();
    expect(target.name).toBe("fleet");
    expect(target.pinned.map((pinned) => pinned.where)).toEqual([join(home, ".ssh", "fleet:1")]);
  });

  test("a key may be known under the host's name where its address is ship's", async () => {
    write("known_hosts", `api ${key}\n`);
    expect((await resolve(host({ address: "10.0.0.5", port: 2222 }))).pinned).toHaveLength(1);
  });

  test("a damaged one is the user's to mend", async () => {
    write("config", "Host api\n Nonsense yes\n");
    await expect(resolve()).rejects.toMatchObject({ code: "usage", hint: "Try `ssh -G api`, and mend ~/.ssh/config." });
  });
});

describe("keys and agents", () => {
  test("one with a passphrase is left to the agent, and the reason kept", async () => {
    const file = join(home, ".ssh", "locked");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", file]);
    write("config", `Host *\n IdentityFile ${file}\n IdentitiesOnly yes\n`);
    const target = await resolve();
    expect(target.keys).toEqual([]);
    expect(target.notes).toEqual([`${file} has a passphrase: add it to ssh-agent (ssh-add)`]);
    expect(target.agentKeys).toEqual([readFileSync(`${file}.pub`, "utf8").split(" ")[1]]);
  });

  test("one that cannot be read, or is none, is left out with a reason", async () => {
    const file = write("broken", "no key");
    mkdirSync(join(home, ".ssh", "folder"));
    write("config", `Host *\n IdentityFile ${file}\n IdentityFile ~/.ssh/folder\n`);
    const { keys, notes } = await resolve();
    expect(keys).toEqual([]);
    expect(notes).toEqual([
      expect.stringContaining(`${file} is of no kind`),
      expect.stringContaining("cannot be read"),
    ]);
  });

  test.each([
    ["none", undefined],
    ["SSH_AUTH_SOCK", "/run/agent"],
    ["~/agent.sock", "HOME/agent.sock"],
    ["$OTHER_SOCK", "/run/other"],
  ])("IdentityAgent %s", async (written, expected) => {
    vi.stubEnv("OTHER_SOCK", "/run/other");
    write("config", `Host *\n IdentityAgent ${written}\n`);
    const target = await resolve();
    expect(target.agent).toBe(expected?.replace("HOME", home));
    expect(target.agentKeys).toBeUndefined();
  });
});

describe("what comes later is refused in plain words", () => {
  test.each(["ProxyJump bastion", "ProxyCommand nc %h %p", "CertificateFile ~/.ssh/id-cert.pub"])(
    "%s",
    async (line) => {
      write("config", `Host api\n ${line}\n`);
      const name = line.split(" ")[0];
      await expect(resolve()).rejects.toMatchObject({
        code: "usage",
        message: expect.stringContaining(`sets ${name} for api`),
      });
      await expect(resolve()).rejects.toMatchObject({ message: expect.stringContaining("later version") });
    },
  );

  test("set to none they are not set", async () => {
    write("config", "Host api\n ProxyJump none\n ProxyCommand none\n CertificateFile none\n");
    await expect(resolve()).resolves.toMatchObject({ address: "api" });
  });
});

test("without an ssh program ssh's defaults hold", async () => {
  const { private: text } = makeKeyPair();
  write("id_ed25519", text);
  write("known_hosts", `[api]:2222 ${key}\n`);
  vi.stubEnv("PATH", join(home, "empty"));
  const target = await resolve(host({ port: 2222 }), "deploy");
  expect(target).toMatchObject({ name: "[api]:2222", address: "api", port: 2222, user: "deploy", keys: [text] });
  expect(target.pinned).toHaveLength(1);
});

test("S2: a known_hosts file that cannot be read is refused (cell 18)", async () => {
  mkdirSync(join(home, ".ssh", "known_hosts"));
  chmodSync(join(home, ".ssh", "known_hosts"), 0o700);
  await expect(resolve()).rejects.toMatchObject({ code: "refused" });
});
