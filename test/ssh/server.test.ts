import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2, { type ClientChannel } from "ssh2";
import { expect, test } from "vitest";
import { startServer } from "./server.ts";

test("a client that reads slowly gets every byte of both streams, once, and the exit code", async () => {
  const server = await startServer();
  const client = new ssh2.Client();
  try {
    await new Promise<void>((resolve, reject) => {
      const { address: host, port, user: username, keys } = server.target;
      client.on("ready", resolve).on("error", reject);
      client.connect({ host, port, username, privateKey: String(keys[0]) });
    });
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const part = "head -c 5000000 /dev/zero";
      const line = `${part}; ${part} >&2; ${part}; ${part} >&2; exit 3`;
      client.exec(line, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    const code = new Promise((resolve) => channel.on("close", resolve));
    const sizes = await Promise.all([slowly(channel), slowly(channel.stderr)]);
    expect(sizes).toEqual([10_000_000, 10_000_000]);
    expect(await code).toBe(3);
  } finally {
    client.end();
    await server.stop();
  }
});

/** Reads with rests in which the channel's window fills, so that the server has to wait. */
async function slowly(stream: Readable): Promise<number> {
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    await sleep(200);
  }
  return size;
}
