import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Host } from "../../../src/core/fleet.ts";
import { sshResolver } from "../../../src/ssh/lookup/config.ts";
import type { Target } from "../../../src/ssh/target.ts";
import { makeKeyPair } from "../keys.ts";

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

const resolve = (one: Host = api, user?: string) => sshResolver({ user })(one);

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

  test.each([
    ["inet", { family: 4 }],
    ["INET6", { family: 6 }],
    ["any", {}],
  ])("says in which family an address is looked up (AddressFamily %s)", async (value, family) => {
    write("config", `AddressFamily ${value}\n`);
    expect(await resolve()).toMatchObject(family);
    vi.stubEnv("PATH", "");
    expect(await resolve()).toMatchObject(family);
    expect("family" in (await resolve())).toBe("family" in family);
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

  test("includes, matches and first values are ssh's business", async () => {
    mkdirSync(join(home, ".ssh", "conf.d"));
    write("conf.d/fleet", "Host api*\n Port 2201\n");
    const flag = join(home, "flag");
    const match = `Match originalhost api exec "test -e ${flag}"\n User on-call\n`;
    write(
      "config",
      `Include conf.d/*\nHost api\n Port 9\n User deploy\n${match}`.replace("conf.d", join(home, ".ssh/conf.d")),
    );
    expect(await resolve()).toMatchObject({ port: 2201, user: "deploy" });
    write("config", `${match}Host *\n User deploy\n`);
    expect(await resolve()).toMatchObject({ user: "deploy" });
    writeFileSync(flag, "");
    expect(await resolve()).toMatchObject({ user: "on-call" });
  });

  test("a damaged one is the user's to mend", async () => {
    write("config", "Host api\n Nonsense yes\n");
    await expect(resolve()).rejects.toMatchObject({ code: "usage", hint: "Try `ssh -G api`, and mend ~/.ssh/config." });
  });
});

describe("what stands before a host", () => {
  const names = (target: Target): readonly string[] =>
    target.via?.type === "jump" ? [target.name, ...names(target.via.target)] : [target.name];

  test("jump hosts, each looked up for itself, the one that is dialled first at the end", async () => {
    write(
      "config",
      "Host api\n ProxyJump near,ops@[far]:2200\nHost near\n HostName 10.0.0.1\n User gate\nHost far\n HostName 10.0.0.2\n User x\n ProxyJump never\n",
    );
    write("known_hosts", `10.0.0.1 ${key}\n`);
    const target = await resolve(api, "deploy");
    expect(names(target)).toEqual(["api", "[10.0.0.2]:2200", "10.0.0.1"]);
    const far = target.via?.type === "jump" ? target.via.target : undefined;
    expect([target.user, far?.user]).toEqual(["deploy", "ops"]);
    expect(far?.via).toMatchObject({ type: "jump", target: { user: "gate", pinned: [{ key: key.split(" ")[1] }] } });
  });

  test("a jump host's own jump host, and one for hosts by their names", async () => {
    write("config", "Host api\n ProxyJump %h-gate\nHost api-gate\n ProxyJump outer\n");
    expect(names(await resolve())).toEqual(["api", "api-gate", "outer"]);
  });

  test("a circle of jump hosts is refused", async () => {
    write("config", "Host api\n ProxyJump one\nHost one\n ProxyJump two\nHost two\n ProxyJump one\n");
    await expect(resolve()).rejects.toMatchObject({
      code: "usage",
      message: "The jump host one lies behind itself: api → one → two → one.",
    });
  });

  test("jump hosts that many share are looked up once", async () => {
    write("config", "Host api*\n ProxyJump gate\n");
    const resolver = sshResolver({ user: undefined });
    const [one, two] = await Promise.all([resolver(api), resolver(host({ name: "api-2", address: "api-2" }))]);
    expect(one?.via).toBeDefined();
    expect(one?.via?.type === "jump" && two?.via?.type === "jump" && one.via.target === two.via.target).toBe(true);
  });

  test("a command, with its tokens filled in", async () => {
    write("config", "Host api\n HostName 10.0.0.5\n Port 22\n User deploy\n ProxyCommand nc -x p:1 %h %p %n %r %%\n");
    expect((await resolve()).via).toEqual({ type: "command", command: "nc -x p:1 10.0.0.5 22 api deploy %" });
  });

  test("a command is not built with what might mean more to a shell, or with a token that is not known", async () => {
    write("config", "Host *\n ProxyCommand nc %h %p\n");
    await expect(resolve(host({ address: "a$(id)b" }))).rejects.toMatchObject({ code: "usage" });
    await expect(resolve(host({ address: "-oProxy" }))).rejects.toMatchObject({ code: "usage" });
    write("config", "Host *\n ProxyCommand nc %k %p\n");
    await expect(resolve()).rejects.toMatchObject({ message: expect.stringContaining("%k in a ProxyCommand") });
  });

  test("set to none they are not there", async () => {
    write("config", "Host api\n ProxyJump none\n ProxyCommand none\n");
    expect((await resolve()).via).toBeUndefined();
  });
});

describe("keys and agents", () => {
  test("one with a passphrase is left to the agent, and the reason kept", async () => {
    const file = join(home, ".ssh", "locked");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", file]);
    write("config", `Host *\n IdentityFile ${file}\n IdentitiesOnly yes\n`);
    const target = await resolve();
    expect(target.keys).toEqual([]);
    expect(target.notes).toEqual([`${file} has a passphrase, and no agent holds it: \`ssh-add ${file}\``]);
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

test("ways through others that are set to none are not set", async () => {
  write("config", "Host api\n ProxyJump none\n ProxyCommand none\n CertificateFile none\n");
  const target = await resolve();
  expect(target).toMatchObject({ address: "api", system: { why: undefined } });
  expect(target.via).toBeUndefined();
});

describe("without an ssh program", () => {
  beforeEach(() => vi.stubEnv("PATH", join(home, "empty")));

  test("ssh's defaults hold", async () => {
    const { private: text } = makeKeyPair();
    write("id_ed25519", text);
    write("known_hosts", `[api]:2222 ${key}\n`);
    const target = await resolve(host({ port: 2222 }), "deploy");
    expect(target).toMatchObject({ name: "[api]:2222", address: "api", port: 2222, user: "deploy", keys: [text] });
    expect(target.pinned).toHaveLength(1);
  });

  test("the simple keys are read, the first value of each", async () => {
    const { private: text } = makeKeyPair();
    write("mine", text);
    write(
      "config",
      'ServerAliveInterval 5\nHost a?i !apx\n  HostName=%h.example.com\n  ProxyJump gate:2200\n# ours\nHost *\n  HostName other\n  User "deploy"\n  IdentityFile ~/.ssh/mine\n',
    );
    const target = await resolve();
    expect(target).toMatchObject({ address: "api.example.com", user: "deploy", keys: [text] });
    expect(target.via).toMatchObject({ type: "jump", target: { name: "[other]:2200" } });
    expect(await resolve(host({ name: "db", address: "10.0.0.9" }), "ops")).toMatchObject({
      address: "10.0.0.9",
      user: "ops",
    });
  });

  test.each([
    ["CheckHostIP yes", "Host *"],
    ['CheckHostIP "Yes"', "Host api"],
  ])("%s under %s asks for one", async (line, block) => {
    write("config", `${block}\n ${line}\n`);
    await expect(resolve()).rejects.toMatchObject({
      code: "usage",
      message: "api can only be reached by the system's ssh (CheckHostIP); there is none here.",
    });
  });

  test.each([
    ["CheckHostIP yes", "Host other"],
    ["CheckHostIP No", "Host api"],
    ['CheckHostIP "no"', "Host *"],
    ["CheckHostIP no\n CheckHostIP yes", "Host *"],
    ["CheckHostIP yes\n HostName 10.0.0.5", "Host api"],
    ["CheckHostIP yes\n ProxyCommand nc %h %p", "Host api"],
  ])("%s under %s asks for none", async (line, block) => {
    write("config", `${block}\n ${line}\n`);
    expect((await resolve()).system).toBeUndefined();
  });

  test.each(["Match host api", "Include more", "KnownHostsCommand x"])("%s is refused", async (line) => {
    write("config", `Host other\n Port 1\n${line}\n Port 2\n`);
    await expect(resolve()).rejects.toMatchObject({
      code: "usage",
      message: `There is no ssh here to ask what ${line.split(" ")[0]} in ~/.ssh/config:3 means.`,
    });
  });
});

test("S2: a known_hosts file that cannot be read is refused (cell 18)", async () => {
  mkdirSync(join(home, ".ssh", "known_hosts"));
  chmodSync(join(home, ".ssh", "known_hosts"), 0o700);
  await expect(resolve()).rejects.toMatchObject({ code: "refused" });
});
