import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sshResolver } from "../../../src/ssh/lookup/config.ts";
import type { Target } from "../../../src/ssh/target.ts";
import { firstContacts, firstUnknown } from "../../../src/ssh/trust/first-contact.ts";
import { startOpenSsh } from "../../e2e/openssh.ts";
import { ended, hasOpenSsh, startServer as startSshd, untilItAnswers } from "../../e2e/openssh-server.ts";
import { makeKeyPair, pin } from "../keys.ts";
import { startServer, type TestServer } from "../server.ts";

const timing = { connectWithin: 5000, keepalive: { every: 3000, times: 3 } };
const nobody: ReadonlySet<string> = new Set();

let host: TestServer;
let gate: TestServer;
beforeAll(async () => {
  [host, gate] = await Promise.all([startServer(), startServer()]);
});
afterAll(() => Promise.all([host.stop(), gate.stop()]));

async function peek(target: Target) {
  const contacts = firstContacts(timing, 4);
  try {
    return await contacts.peek(target);
  } finally {
    await contacts.close();
  }
}

const key = () => host.target.pinned[0]?.key ?? "";
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const unknown = (server: TestServer): Target => ({ ...server.target, pinned: [] });

describe("the key of a host at first contact", () => {
  test("is told, and nobody logs in", async () => {
    const before = host.counts.asked;
    const met = await peek(unknown(host));
    expect(met !== undefined && "key" in met && base64(met.key)).toBe(key());
    expect(host.counts.asked).toBe(before);
  });

  test("is one that ssh's config allows", async () => {
    const allowed = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
    const server = await startServer({ hostKeys: [makeKeyPair(), allowed] });
    const met = await peek({ ...unknown(server), barred: ["ssh-ed25519"] });
    await server.stop();
    expect(met !== undefined && "key" in met && base64(met.key)).toBe(pin(allowed.public).key);
  });

  test("is fetched through the jump hosts, on which somebody does log in", async () => {
    const before = [host.counts.asked, gate.counts.ready];
    const met = await peek({ ...unknown(host), via: { type: "jump", target: gate.target } });
    expect(met !== undefined && "key" in met && base64(met.key)).toBe(key());
    expect([host.counts.asked, gate.counts.ready]).toEqual([before[0], (before[1] ?? 0) + 1]);
  });

  test("is not fetched past a jump host that is not trusted", async () => {
    const before = host.counts.connected;
    const met = await peek({ ...unknown(host), via: { type: "jump", target: unknown(gate) } });
    expect(met).toMatchObject({
      cause: "host-key",
      reason: expect.stringMatching(/^the jump host .*no host key is known/),
    });
    expect(host.counts.connected).toBe(before);
  });

  test("is never offered when it is revoked, or when another is known", async () => {
    const revoked = { ...pin(makeKeyPair().public, true), key: key() };
    expect(await peek({ ...host.target, pinned: [revoked] })).toMatchObject({ cause: "host-key" });
    expect(await peek({ ...host.target, pinned: [pin(makeKeyPair().public)] })).toMatchObject({ cause: "host-key" });
  });

  test("needs no offer when it is known under another name of the host", async () => {
    const elsewhere = { ...pin(makeKeyPair().public), key: key(), elsewhere: true } as const;
    expect(await peek({ ...host.target, pinned: [elsewhere] })).toBeUndefined();
    const other = { ...pin(makeKeyPair().public), elsewhere: true } as const;
    expect(await peek({ ...host.target, pinned: [other] })).toHaveProperty("key");
  });

  test("cannot be had where nothing answers", async () => {
    expect(await peek({ ...unknown(host), port: 1 })).toMatchObject({ cause: "unreachable" });
  });
});

test("who is met first on a way: the outermost host that is not known", () => {
  const known: Target = { ...host.target, name: "known" };
  const names = (target: Target, settled = nobody) => firstUnknown(target, settled)?.name;
  const far: Target = { ...unknown(host), name: "far" };
  const near: Target = { ...unknown(gate), name: "near" };
  const behind = (target: Target, jump: Target): Target => ({ ...target, via: { type: "jump", target: jump } });
  expect(names(known)).toBeUndefined();
  expect(names(behind(far, known))).toBe("far");
  expect(names(behind(far, near))).toBe("near");
  expect(names(behind(far, near), new Set(["near"]))).toBe("far");
  expect(names(behind(known, behind(known, near)))).toBe("near");
  const certified = { ...far, authorities: ["f:1"], system: { way: [], why: "@cert-authority at f:1" } };
  expect(names(certified)).toBeUndefined();
});

test.skipIf(!hasOpenSsh())(
  "a server that takes only a post-quantum key exchange shows its key to the system's ssh",
  async () => {
    const rig = await startOpenSsh({ hosts: 1 });
    const [only] = rig.hosts;
    if (only === undefined) throw new Error("a rig of one host has one");
    await rig.stopHost(only);
    const config = join(rig.root, "sshd_config-pq");
    const lines = ["KexAlgorithms sntrup761x25519-sha512@openssh.com", "LogLevel VERBOSE"];
    const usual = readFileSync(join(rig.root, "sshd_config"), "utf8").replace(/^LogLevel .*$/m, "");
    writeFileSync(config, `${usual}${lines.join("\n")}\n`);
    const server = startSshd(config, rig.root, only);
    await untilItAnswers(only);
    vi.stubEnv("HOME", rig.root);
    const met = await peek(await sshResolver({ user: undefined })(only.host));
    vi.unstubAllEnvs();
    const log = readFileSync(join(rig.root, "keys", `${only.name}.log`), "utf8");
    const shown = readFileSync(rig.knownHosts, "utf8").split(" ")[2];
    await ended(server);
    await rig.stop();
    expect(met !== undefined && "key" in met ? base64(met.key) : met).toBe(shown);
    expect(log).not.toMatch(/Accepted|Failed|Invalid user/);
  },
);
