import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { openSsh } from "../../../src/ssh/transport.ts";
import { makeKeyPair, pin } from "../keys.ts";
import { listen, startServer } from "../server.ts";

/** What a client offers in its first message (RFC 4253, 7.1): ten lists of names, in this order. */
const lists = ["kex", "hostKey", "cipherOut", "cipherIn", "macOut", "macIn", "compressOut", "compressIn"] as const;
type Offer = Readonly<Partial<Record<(typeof lists)[number], readonly string[]>>>;

/** What our client offers to a host of which keys of these types are known; nothing is known beyond what it sends. */
async function offered(types: readonly string[], barred: readonly string[] = []): Promise<Offer> {
  const server = createServer();
  const port = await listen(server);
  const pinned = types.map((type) => ({ ...pin(makeKeyPair().public), type }));
  const target = { ...(await offline()), port, pinned, barred };
  const transport = openSsh({ resolve: async () => target, concurrency: 1, connectWithin: 5000 });
  const running = transport.run(host, { line: "true", stdin: [], within: 5000, cap: 10 });
  const [socket] = (await once(server, "connection")) as [Socket];
  socket.on("error", () => undefined).write("SSH-2.0-test\r\n");
  const offer = parse(await firstPacket(socket));
  socket.destroy();
  await running;
  await transport.close();
  server.close();
  return offer;
}

const host = { name: "here", address: "127.0.0.1", port: undefined, user: "tester", labels: {}, cohort: "" };

async function offline() {
  const server = await startServer();
  await server.stop();
  return server.target;
}

/** What follows the client's line, as far as its own length says. */
async function firstPacket(socket: Socket): Promise<Buffer> {
  let sent = Buffer.alloc(0);
  for await (const chunk of socket) {
    sent = Buffer.concat([sent, chunk]);
    const at = sent.indexOf("\n") + 1;
    if (at > 0 && sent.length >= at + 4 && sent.length >= at + 4 + sent.readUInt32BE(at)) return sent.subarray(at);
  }
  throw new Error("the client said nothing");
}

/** Length, padding, the number 20, a cookie of 16 bytes, the lists. */
function parse(packet: Buffer): Offer {
  expect(packet[5]).toBe(20);
  let at = 5 + 1 + 16;
  const read = lists.map((name) => {
    const length = packet.readUInt32BE(at);
    const names = packet.toString("latin1", at + 4, at + 4 + length).split(",");
    at += 4 + length;
    return [name, names] as const;
  });
  return Object.fromEntries(read);
}

test("S6: what is offered is named here, and nothing of it is SHA-1, CBC, chacha20 without strict exchange, or none (pitfalls 25, 30)", async () => {
  const offer = await offered(["ssh-ed25519"]);
  expect(offer.kex?.filter((name) => !/^(ext-info-c|kex-strict-c-v00@openssh\.com)$/.test(name))).toEqual([
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
  ]);
  expect(offer.kex).toContain("kex-strict-c-v00@openssh.com");
  expect(offer.cipherOut).toEqual(["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"]);
  expect(offer.cipherIn).toEqual(offer.cipherOut);
  expect(offer.macOut).toEqual(["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"]);
  expect(offer.macIn).toEqual(offer.macOut);
  expect([offer.compressOut, offer.compressIn]).toEqual([["none"], ["none"]]);
});

test.each([
  [["ssh-ed25519"], ["ssh-ed25519"]],
  [["ssh-rsa"], ["rsa-sha2-512", "rsa-sha2-256"]],
  [["ecdsa-sha2-nistp256"], ["ecdsa-sha2-nistp256"]],
  [
    ["ssh-rsa", "ssh-ed25519"],
    ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"],
  ],
])("S4: of a host whose known keys are %j only keys of those types are asked", async (types, asked) => {
  expect((await offered(types)).hostKey).toEqual(asked);
});

test("S4: what ssh's config bars is not asked for", async () => {
  const { hostKey } = await offered(["ssh-rsa", "ssh-ed25519"], ["rsa-sha2-512", "ecdsa-sha2-nistp256"]);
  expect(hostKey).toEqual(["ssh-ed25519", "rsa-sha2-256"]);
});

test("S4, S6: where no key is known every type but ssh-rsa with SHA-1 is asked, so that the complaint names a key", async () => {
  const { hostKey } = await offered([]);
  expect(hostKey).toEqual([
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
  ]);
});

test("S4: a host with two keys of which the second is known shows that one", async () => {
  const second = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const server = await startServer({ hostKeys: [makeKeyPair(), second] });
  const transport = openSsh({
    resolve: async () => ({ ...server.target, pinned: server.target.pinned.slice(1) }),
    concurrency: 1,
  });
  const ran = await transport.run(server.host, { line: "true", stdin: [], within: 10_000, cap: 10 });
  await transport.close();
  await server.stop();
  expect(ran.exit).toEqual({ type: "exited", code: 0 });
});
