import ssh2, { type ConnectConfig } from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSsh } from "../../../src/ssh/transport.ts";
import type { PinnedKey } from "../../../src/ssh/trust/known-hosts.ts";
import { isUnknown, keyFault, typesFault } from "../../../src/ssh/trust/trust.ts";
import { blob, makeKeyPair, pin } from "../keys.ts";
import { startServer, type TestServer } from "../server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/**
 * What ssh2 1.17 makes of a verifier's answer. Everything but `false` and a throw lets any host in, so ours answers at
 * once and with a boolean. When a row changes, ssh2 has changed, and trust.ts wants a look.
 */
const verifiers: readonly [string, ConnectConfig["hostVerifier"] | undefined, "in" | "out"][] = [
  ["none at all", undefined, "in"],
  ["true", loose(() => true), "in"],
  ["false", loose(() => false), "out"],
  ["a promise of false", loose(async () => false), "in"],
  ["a promise that rejects", loose(() => rejected()), "in"],
  ["null", loose(() => null), "in"],
  ["0", loose(() => 0), "in"],
  ["an empty text", loose(() => ""), "in"],
  ["NaN", loose(() => Number.NaN), "in"],
  ["a throw", loose(thrown), "out"],
  ["callback(null)", called(null), "in"],
  ["callback(undefined)", called(undefined), "in"],
  ["callback(error)", called(new Error("no")), "in"],
  ["callback(null, false)", called(null, false), "in"],
  ["callback(false)", called(false), "out"],
];

describe("S1: what ssh2 makes of a verifier (pitfall 1)", () => {
  test.each(verifiers)("S1: %s", async (_name, hostVerifier, expected) => {
    expect(await connects(hostVerifier)).toBe(expected);
  });
});

describe("S1: our verifier", () => {
  const other = makeKeyPair().public;
  const right = () => server.target.pinned[0]?.key ?? "";
  const rows: readonly [string, () => readonly PinnedKey[]][] = [
    ["nothing pinned", () => []],
    ["another key", () => [pin(other)]],
    ["an empty key", () => [{ ...pin(other), key: "" }]],
    ["the beginning of the right key", () => [{ ...pin(other), key: right().slice(0, -8) }]],
    ["the right key and more", () => [{ ...pin(other), key: `${right()}AAAA` }]],
    ["the right key, revoked", () => [{ ...pin(other, true), key: right() }]],
    [
      "the right key, and its revocation",
      () => [
        { ...pin(other), key: right() },
        { ...pin(other, true), key: right() },
      ],
    ],
    ["the right key as another type", () => [{ ...pin(other), key: right(), type: "ssh-rsa" }]],
    ["a type that nobody knows", () => [{ ...pin(other), key: "AAAA", type: "sk-ssh-ed25519@openssh.com" }]],
  ];
  test.each(rows)("S1: %s: nobody is asked to log us in (cell 18)", async (_name, pinned) => {
    const before = server.counts.asked;
    const transport = openSsh({ resolve: async () => ({ ...server.target, pinned: pinned() }), concurrency: 1 });
    const ran = await transport.run(server.host, { line: "true", stdin: [], within: 10_000, cap: 10 });
    await transport.close();
    expect(ran.exit).toMatchObject({ type: "unsent", cause: "host-key" });
    expect(server.counts.asked).toBe(before);
  });

  test("the right key logs in", async () => {
    const pinned = [pin(other), ...server.target.pinned];
    const transport = openSsh({ resolve: async () => ({ ...server.target, pinned }), concurrency: 1 });
    const ran = await transport.run(server.host, { line: "true", stdin: [], within: 10_000, cap: 10 });
    await transport.close();
    expect(ran.exit).toEqual({ type: "exited", code: 0 });
  });
});

describe("what is said", () => {
  const key = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f", "base64");
  const known = { type: "ssh-ed25519", key: key.toString("base64"), revoked: false, where: "~/.ssh/known_hosts:3" };
  const target = () => ({ ...server.target, name: "[api-05]:2222", address: "10.0.0.5", port: 2222, pinned: [known] });

  test("S3, S5: of an unknown host, whose fingerprint is shown, and of its certificate authority (cell 18)", () => {
    expect(
      keyFault({ ...target(), pinned: [], authorities: ["/etc/ssh/ssh_known_hosts:1"] }, key),
    ).toMatchInlineSnapshot(
      `"no host key is known for [api-05]:2222 in /home/tester/.ssh/known_hosts (/etc/ssh/ssh_known_hosts:1 trusts a certificate authority, which only the system's ssh can check); it shows ssh-ed25519 SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA: compare with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the host's own console, then \`ship doctor --trust\`"`,
    );
  });
  test("of a changed key (cell 18)", () => {
    const other = blob(makeKeyPair().public);
    expect(
      keyFault(target(), other)?.replace(/shown is ssh-ed25519 SHA256:[\w+/]+/, "shown is X"),
    ).toMatchInlineSnapshot(
      `"the host key of [api-05]:2222 has changed: known is ssh-ed25519 SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA at ~/.ssh/known_hosts:3, shown is X. Either it was set up anew, or somebody stands in between. If it was set up anew: \`ssh-keygen -R '[api-05]:2222' -f ~/.ssh/known_hosts\`, then compare with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the host's own console, then \`ship doctor --trust\`"`,
    );
  });
  test("S3: of a revoked key (cell 18)", () => {
    expect(keyFault({ ...target(), pinned: [{ ...known, revoked: true }] }, key)).toMatchInlineSnapshot(
      `"its host key ssh-ed25519 SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA is marked @revoked at ~/.ssh/known_hosts:3"`,
    );
  });
  test("of no key of the known types", () => {
    expect(typesFault(target())).toMatchInlineSnapshot(
      `"[api-05]:2222 shows no host key of the known type (ssh-ed25519); if its keys were changed on purpose: compare with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the host's own console, then \`ship doctor --trust\`"`,
    );
  });
  test("of a key that is not the one that is known without the port: no change, as many servers may share an address", () => {
    const elsewhere = [{ ...known, elsewhere: true } as const];
    const other = blob(makeKeyPair().public);
    expect(keyFault({ ...target(), pinned: elsewhere }, other)).toContain(
      "(~/.ssh/known_hosts:3 knows another key without its port, or by another name); it shows ssh-ed25519",
    );
    expect(keyFault({ ...target(), pinned: elsewhere }, key)).toBeUndefined();
    expect(
      [[], elsewhere, [{ ...known, revoked: true }], [known]].map((pinned) => isUnknown({ ...target(), pinned })),
    ).toEqual([true, true, true, false]);
  });
  test("of the known key: nothing", () => {
    expect(keyFault(target(), key)).toBeUndefined();
  });
});

/** The types of ssh2 forbid most of these answers; JavaScript does not. */
function loose(
  verifier: (key: Buffer, verify: (...answer: unknown[]) => void) => unknown,
): ConnectConfig["hostVerifier"] {
  return verifier as (key: Buffer) => boolean;
}

function called(...answer: unknown[]): ConnectConfig["hostVerifier"] {
  return loose((_key, verify) => verify(...answer));
}

function thrown(): never {
  throw new Error("no");
}

function rejected(): Promise<boolean> {
  const promise = Promise.reject(new Error("no"));
  promise.catch(() => undefined);
  return promise;
}

function connects(hostVerifier: ConnectConfig["hostVerifier"] | undefined): Promise<"in" | "out"> {
  const { address: host, port, user: username, keys } = server.target;
  const client = new ssh2.Client();
  return new Promise((resolve) => {
    client.on("error", () => undefined);
    client.on("ready", () => {
      resolve("in");
      client.end();
    });
    client.on("close", () => resolve("out"));
    const privateKey = keys[0] ?? "";
    client.connect({ host, port, username, privateKey, ...(hostVerifier === undefined ? {} : { hostVerifier }) });
  });
}
