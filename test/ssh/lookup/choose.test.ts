import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Host } from "../../../src/core/fleet.ts";
import { hostKeyAlgorithms } from "../../../src/ssh/login/algorithms.ts";
import { type Facts, whyNotSsh2 } from "../../../src/ssh/lookup/choose.ts";
import { sshResolver } from "../../../src/ssh/lookup/config.ts";
import { readOptions } from "../../../src/ssh/lookup/options.ts";
import type { PinnedKey } from "../../../src/ssh/trust/known-hosts.ts";
import { hasSsh } from "../by-system.ts";
import { makeKeyPair, pin } from "../keys.ts";

const key = makeKeyPair();
const rsa = pin(rsaKey(2048));
const ecdsa = pin(ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 }).public);
const short = pin(rsaKey(1024));

/** A public key as known_hosts has it; an exponent and a modulus of so many bits are all that is looked at. */
function rsaKey(bits: number): string {
  const modulus = Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(bits / 8 - 1, 1)]);
  const fields = [Buffer.from("ssh-rsa"), Buffer.from([1, 0, 1]), modulus];
  const framed = fields.flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    return [length, field];
  });
  return `ssh-rsa ${Buffer.concat(framed).toString("base64")}`;
}

function lineOf({ type, key }: PinnedKey): string {
  return `${type} ${key}`;
}

function facts(options: string, more: Partial<Facts> = {}): Facts {
  const none = { certificates: [], securityKeys: [], authorities: [] };
  const no = () => false;
  const place = { address: "api", port: 22 };
  const rest = { pinned: [pin(key.public)], place, plainKeys: true, hasTicket: no, checksAddresses: no };
  return { options: readOptions(options, undefined), ...none, ...rest, ...more };
}

/** A host whose address is to be known too. */
function at(address: string, port: number, more = ""): Facts {
  return facts(`checkhostip yes\n${more}`, { place: { address, port } });
}

function elsewhere(known: PinnedKey): PinnedKey {
  return { ...known, elsewhere: true };
}

/** What guides to hardening advise: ECDSA is left out. */
const hardened = "hostkeyalgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256";
const foreign: PinnedKey = { ...ecdsa, type: "sk-ssh-ed25519@openssh.com" };

describe("what ssh2 cannot do, and how that is said", () => {
  const kerberos = "gssapiauthentication yes";
  const authorities = ["known_hosts:3"];
  const rows: readonly [string, string | undefined, Facts][] = [
    ["an ordinary host", undefined, facts("port 22\ncertificatefile none")],
    ["a certificate file", "CertificateFile", facts("certificatefile ~/.ssh/id-cert.pub")],
    ["a certificate beside a key", "the certificate a-cert.pub", facts("", { certificates: ["a-cert.pub"] })],
    ["a smart card", "PKCS11Provider", facts("pkcs11provider /usr/lib/opensc.so")],
    ["a list of revoked keys", "RevokedHostKeys", facts("revokedhostkeys /etc/ssh/revoked")],
    ["an address to come from", "BindAddress", facts("bindaddress 10.0.0.1")],
    ["an interface to come by", "BindInterface", facts("bindinterface wg0")],
    ["a program that knows hosts' keys", "KnownHostsCommand", facts("knownhostscommand /usr/bin/keys %H")],
    ["host key algorithms without the known one", "HostKeyAlgorithms", facts("hostkeyalgorithms rsa-sha2-512")],
    ["host key algorithms with it", undefined, facts("hostkeyalgorithms rsa-sha2-512,ssh-ed25519")],
    ["host key algorithms of which ssh2 has none", "HostKeyAlgorithms", facts("hostkeyalgorithms x", { pinned: [] })],
    ["others for a host without a key", undefined, facts("hostkeyalgorithms rsa-sha2-512", { pinned: [] })],
    ["host key algorithms with one of two known", undefined, facts(hardened, { pinned: [pin(key.public), ecdsa] })],
    ["one of the two algorithms of RSA", undefined, facts("hostkeyalgorithms rsa-sha2-512", { pinned: [rsa] })],
    ["only the SHA-1 of RSA", "HostKeyAlgorithms", facts("hostkeyalgorithms ssh-rsa,ssh-ed25519", { pinned: [rsa] })],
    [
      "a known key of another name that is barred",
      "HostKeyAlgorithms",
      facts(hardened, { pinned: [elsewhere(ecdsa)] }),
    ],
    ["a known key of another name that is not", undefined, facts(hardened, { pinned: [elsewhere(rsa)] })],
    [
      "a barred key beside a revoked one",
      "HostKeyAlgorithms",
      facts(hardened, { pinned: [ecdsa, pin(key.public, true)] }),
    ],
    [
      "a barred key beside one that ssh2 cannot check",
      "HostKeyAlgorithms",
      facts(hardened, { pinned: [ecdsa, foreign] }),
    ],
    ["a host's RSA key that is too short", "RequiredRSASize", facts("requiredrsasize 3072", { pinned: [rsa] })],
    ["a short RSA key beside another", undefined, facts("requiredrsasize 2048", { pinned: [short, pin(key.public)] })],
    ["a host's RSA key that is not", undefined, facts("requiredrsasize 2048", { pinned: [rsa] })],
    ["a host's address that is to be known too", "CheckHostIP", facts("checkhostip yes")],
    ["the address as the name", undefined, at("10.0.0.5", 22)],
    ["the address as the name, on a port of its own", undefined, at("10.0.0.5", 2222)],
    ["the address of another name", undefined, at("10.0.0.5", 22, "hostkeyalias api")],
    ["the address of another name, on a port of its own", "CheckHostIP", at("10.0.0.5", 2222, "hostkeyalias api")],
    ["this machine", undefined, at("localhost", 2222, "hostkeyalias api")],
    ["this machine's address", undefined, at("127.0.0.2", 2222, "hostkeyalias api")],
    ["a name that looks like it", "CheckHostIP", at("127.example.com", 22)],
    [
      "an address behind a command",
      undefined,
      facts("checkhostip yes", { place: { address: "api", port: 22, via: { type: "command", command: "nc %h %p" } } }),
    ],
    ["an old ssh, which checks it unasked", undefined, facts("checkhostip yes", { checksAddresses: () => true })],
    ["a socket that is handed over", "ProxyUseFdpass", facts("proxyusefdpass yes")],
    ["only a security key", "the security key id_sk", facts("", { securityKeys: ["id_sk"], plainKeys: false })],
    ["a security key beside another", undefined, facts("", { securityKeys: ["id_sk"] })],
    ["Kerberos on for everybody", undefined, facts(kerberos, { hasTicket: () => true })],
    ["Kerberos without a ticket", undefined, facts(kerberos, { plainKeys: false })],
    ["a ticket and no key", "GSSAPIAuthentication", facts(kerberos, { plainKeys: false, hasTicket: () => true })],
    [
      "Kerberos first",
      "GSSAPIAuthentication",
      facts(`${kerberos}\npreferredauthentications gssapi-with-mic,publickey`),
    ],
    ["Kerberos off", undefined, facts("gssapiauthentication no", { plainKeys: false, hasTicket: () => true })],
    ["only an authority", "@cert-authority at known_hosts:3", facts("", { pinned: [], authorities })],
    [
      "a revoked key and an authority",
      "@cert-authority at known_hosts:3",
      facts("", { pinned: [pin(key.public, true)], authorities }),
    ],
    ["an authority and a key", undefined, facts("", { authorities })],
    ["nothing known at all", undefined, facts("", { pinned: [] })],
    ["only a post-quantum exchange", "KexAlgorithms", facts("kexalgorithms sntrup761x25519-sha512@openssh.com")],
    ["only a cipher that ssh2 is not to use", "Ciphers", facts("ciphers chacha20-poly1305@openssh.com,aes256-ctr")],
    ["an exchange that both know", undefined, facts("kexalgorithms mlkem768x25519-sha256,curve25519-sha256")],
  ];
  test.each(rows)("%s: %s (pitfalls 21, 22, 23)", (_name, why, given) => expect(whyNotSsh2(given)).toBe(why));
});

describe.skipIf(!hasSsh())("of a host that is looked up", () => {
  let home: string;
  let agent: ChildProcess | undefined;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "ship-home-"));
    mkdirSync(join(home, ".ssh"));
    vi.stubEnv("HOME", home);
    vi.stubEnv("SSH_AUTH_SOCK", "");
    write("known_hosts", `api ${key.public}\n`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    agent?.kill();
    agent = undefined;
    rmSync(home, { recursive: true });
  });

  function write(name: string, text: string): string {
    const file = join(home, ".ssh", name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  const api: Host = { name: "api", address: "api", port: undefined, user: undefined, labels: {}, cohort: "all" };
  const look = (host: Partial<Host> = {}, transport: "auto" | "ssh2" | "openssh" = "auto") =>
    sshResolver({ user: "deploy", transport })({ ...api, ...host });

  test("the system's ssh stands by, with the same address, user and known hosts", async () => {
    write("id_ed25519", key.private);
    const { system } = await look({ address: "10.0.0.5", port: 2222 });
    expect(system).toEqual({
      why: undefined,
      way: [
        ...["-p", "2222", "-l", "deploy", "-o", "HostName=10.0.0.5", "-F", "none"],
        ...["-o", `UserKnownHostsFile=${join(home, ".ssh/known_hosts")} ${join(home, ".ssh/known_hosts2")}`],
        ...["-o", "HostKeyAlias=api", "--", "api"],
      ],
    });
  });

  test("a CertificateFile, and a certificate beside a key, ask for it (pitfall 21)", async () => {
    write("id_ed25519", key.private);
    const certificate = write("id_ed25519-cert.pub", "ssh-ed25519-cert-v01@openssh.com AAAA\n");
    expect((await look()).system?.why).toBe(`the certificate ${certificate}`);
    write("config", "Host api\n CertificateFile ~/.ssh/other-cert.pub\n");
    expect((await look()).system?.why).toBe("CertificateFile");
  });

  test("a security key asks for it where there is no other key (pitfall 22)", async () => {
    const file = write("id_ed25519_sk", "a handle");
    write("id_ed25519_sk.pub", "sk-ssh-ed25519@openssh.com AAAA me\n");
    expect((await look()).system?.why).toBe(`the security key ${file}`);
    write("id_ed25519", key.private);
    expect((await look()).system?.why).toBeUndefined();
  });

  test("a certificate in the agent asks for it, and a plain key there does not (pitfall 21)", async () => {
    const socket = join(home, "agent");
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await vi.waitUntil(() => existsSync(socket), { timeout: 50_000 });
    vi.stubEnv("SSH_AUTH_SOCK", socket);
    const login = join(home, "login");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", login]);
    execFileSync("ssh-add", ["-q", login], { stdio: "ignore" });
    expect((await look()).system?.why).toBeUndefined();
    execFileSync("ssh-keygen", ["-q", "-s", login, "-I", "me", "-n", "deploy", `${login}.pub`]);
    execFileSync("ssh-add", ["-q", login], { stdio: "ignore" });
    expect((await look()).system?.why).toBe("the certificate in ssh-agent");
  });

  test("a certificate authority that stands alone asks for it, under the name that it knows", async () => {
    write("known_hosts", `@cert-authority *.example.com ${key.public}\n`);
    const { system } = await look({ name: "api.example.com", address: "10.0.0.5" });
    expect(system?.why).toBe(`@cert-authority at ${join(home, ".ssh/known_hosts:1")}`);
    expect(system?.way).toContain("HostKeyAlias=api.example.com");
  });

  test("it can be asked for, and forbidden: then a failed login says what it was forbidden for", async () => {
    expect((await look({}, "openssh")).system?.why).toBe("ssh.transport says so");
    write("config", "Host api\n CertificateFile ~/.ssh/id-cert.pub\n");
    const { system, notes } = await look({}, "ssh2");
    expect(system).toBeUndefined();
    expect(notes).toEqual([
      "the built-in client cannot do CertificateFile, and ssh.transport forbids the system's ssh",
    ]);
  });

  test.each([
    ["RevokedHostKeys", "/etc/ssh/revoked"],
    ["KnownHostsCommand", "/usr/bin/true %H"],
    ["HostKeyAlgorithms", "-ssh-ed25519"],
  ])("forbidden, it cannot be done without where %s narrows which keys are trusted", async (keyword, value) => {
    write("config", `Host api\n ${keyword} ${value}\n CertificateFile ~/.ssh/id-cert.pub\n`);
    await expect(look({}, "ssh2")).rejects.toMatchObject({
      code: "usage",
      message: `ssh's config narrows by ${keyword} which keys of api are trusted: the built-in client cannot follow that, and ssh.transport forbids the system's ssh.`,
      hint: expect.stringContaining("set it to auto"),
    });
    write("config", `Host api\n ${keyword} ${value}\n`);
    expect((await look()).system?.why).toBe(keyword);
  });

  test.each(["auto", "ssh2"] as const)(
    "with %s, what is narrowed is neither trusted nor asked for",
    async (transport) => {
      write("config", "Host *\n HostKeyAlgorithms ssh-ed25519,rsa-sha2-256\n RequiredRSASize 2048\n");
      write("known_hosts", `api ${key.public}\napi ${lineOf(ecdsa)}\napi ${lineOf(short)}\n`);
      const target = await look({}, transport);
      expect(target.system?.why).toBeUndefined();
      expect(target.pinned.map(({ type }) => type)).toEqual(["ssh-ed25519"]);
      expect(hostKeyAlgorithms(target)).toEqual(["ssh-ed25519"]);
      write("known_hosts", "");
      expect(hostKeyAlgorithms(await look({}, transport))).toEqual(["ssh-ed25519", "rsa-sha2-256"]);
    },
  );

  test("the system's ssh, which narrows by itself, is told every key that is known", async () => {
    write("config", "Host *\n HostKeyAlgorithms ssh-ed25519\n CertificateFile ~/.ssh/id-cert.pub\n");
    write("known_hosts", `api ${key.public}\napi ${lineOf(ecdsa)}\n`);
    expect((await look()).pinned).toHaveLength(2);
  });

  test("CheckHostIP asks for it where a person has set it", async () => {
    write("config", "Host api\n CheckHostIP yes\n");
    const own = execFileSync("ssh", ["-G", "-F", "none", "api"]).toString().includes("checkhostip yes");
    expect((await look()).system?.why).toBe(own ? undefined : "CheckHostIP");
  });

  test("where it is needed and not there, what to install is said", async () => {
    vi.stubEnv("PATH", join(home, "empty"));
    expect((await look()).system).toBeUndefined();
    await expect(look({}, "openssh")).rejects.toMatchObject({
      message: "api can only be reached by the system's ssh (ssh.transport says so); there is none here.",
      hint: expect.stringContaining("openssh-client"),
    });
  });

  test("a jump host on its way is held to the same rules", async () => {
    write("config", "Host api\n ProxyJump bastion\nHost bastion\n HostName 10.0.0.9\n StrictHostKeyChecking no\n");
    const { system } = await look();
    const proxy = system?.way.find((word) => word.startsWith("ProxyCommand="));
    expect(proxy).toMatch(
      /^ProxyCommand=ssh .*-o BatchMode=yes -o StrictHostKeyChecking=yes .* -W '\[%h\]:%p' .*-- bastion$/,
    );
  });
});
