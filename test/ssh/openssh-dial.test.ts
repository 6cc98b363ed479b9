import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closed } from "../../src/ssh/diagnosis.ts";
import { message } from "../../src/ssh/openssh/answers.ts";
import { proxyClient } from "../../src/ssh/openssh/client.ts";
import { openProxy } from "../../src/ssh/openssh/control.ts";
import { systemSsh } from "../../src/ssh/openssh/dial.ts";
import { framed, packed, unframed } from "../../src/ssh/openssh/packet.ts";
import type { Target } from "../../src/ssh/target.ts";

let base: string;
const servers: Server[] = [];
const sockets: Socket[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "run-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  rmSync(base, { recursive: true });
});

const target: Target = {
  ...{ name: "api", address: "127.0.0.1", port: 9, user: "deploy", agent: undefined, agentKeys: undefined },
  ...{ keys: [], pinned: [], authorities: [], knownHosts: [], notes: [] },
};
const way = ["-F", "none", "-p", "9", "--", "127.0.0.1"];
const timing = { connectWithin: 20_000, keepalive: { every: 5_000, times: 3 } };

function dialling(closing = new AbortController()) {
  const ssh = systemSsh();
  return { ssh, closing, dial: () => ssh.dial(target, way, { timing, closing: closing.signal }) };
}

test("where no folder could be made for the sockets, whoever connects next tries it again", async () => {
  const later = join(base, "later");
  vi.stubEnv("XDG_RUNTIME_DIR", later);
  const { ssh, dial } = dialling();
  await expect(dial()).rejects.toMatchObject({ code: "ENOENT" });
  mkdirSync(later);
  expect(await dial()).toMatchObject({ cause: "unreachable", reason: expect.not.stringContaining("ENOENT") });
  await ssh.close();
  expect(readdirSync(later)).toEqual([]);
});

test("who comes after the end, or waits for the folder then, starts no ssh", async () => {
  vi.stubEnv("XDG_RUNTIME_DIR", base);
  vi.stubEnv("PATH", base);
  const over = dialling();
  over.closing.abort();
  expect(await over.dial()).toEqual(closed);
  expect(readdirSync(base)).toEqual([]);
  const during = dialling();
  const dialled = during.dial();
  during.closing.abort();
  expect(await dialled).toEqual(closed);
  await during.ssh.close();
  expect(readdirSync(base)).toEqual([]);
});

/** A control socket, and what it says to each who connects. */
async function control(say: (socket: Socket) => void): Promise<string> {
  const path = join(base, "socket");
  const server = createServer((socket) => {
    sockets.push(socket);
    say(socket.on("error", () => undefined));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

test.each([
  ["a packet without an end", packed(300_000), "a packet of 300000 bytes"],
  ["a packet without a type", framed(Buffer.from([1, 2])), "outside"],
  ["a refusal that is cut short", framed(packed(0x80000003, 1, 9_000)), "a packet ended too early"],
])("a control socket that says %s is a reason, and no end of everything", async (_name, bytes, why) => {
  const path = await control((socket) => socket.write(bytes));
  await expect(openProxy(path, new AbortController().signal)).rejects.toThrow(why);
});

test.each([
  ["opened", packed(0, 7, 100, 100)],
  ["refused", packed(0, 1, "no", "")],
])("a channel that is %s after it was opened ends the connection", async (what, second) => {
  const type = what === "opened" ? message.confirmation : message.failure;
  const said: number[] = [];
  const path = await control((socket) => {
    const take = unframed((packet) => {
      said.push(packet[1] ?? 0);
      if (packet[1] !== message.open) return;
      socket.write(framed(Buffer.concat([Buffer.from([0, message.confirmation]), packed(0, 7, 100, 100)])));
      socket.write(framed(Buffer.concat([Buffer.from([0, type]), second])));
    });
    socket.on("data", take);
  });
  const socket = connect(path);
  sockets.push(socket);
  const client = proxyClient(socket, () => undefined);
  const ended = new Promise<string>((resolve) => socket.once("error", (error) => resolve(error.message)));
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  client.exec("true", () => undefined);
  expect(await ended).toBe("the server answered twice for one channel");
  client.cut();
  expect(said.filter((one) => one === message.request).length).toBeLessThan(2);
});
