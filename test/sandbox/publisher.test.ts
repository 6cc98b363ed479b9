import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Publisher, publisher } from "../../src/sandbox/publisher.ts";
import { until } from "./rig.ts";

/** An app that takes posts, and answers only when the test says so. */
let server: Server;
let posts: Map<Socket, number>;
let publishing: Publisher;

beforeEach(async () => {
  posts = new Map();
  server = createServer((socket) => {
    posts.set(socket, 0);
    socket.on("error", () => {});
    socket.on("close", () => posts.delete(socket));
    socket.on("data", (bytes) => {
      const came = bytes.toString("latin1").split("POST /publish HTTP/1.1\r\n").length - 1;
      posts.set(socket, (posts.get(socket) ?? 0) + came);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  publishing = publisher();
});

afterEach(() => {
  publishing.close();
  for (const socket of posts.keys()) socket.destroy();
  server.close();
});

function burst(times: number): void {
  const address = server.address();
  if (typeof address !== "object" || address === null) expect.unreachable("The server does not listen.");
  for (let count = 0; count < times; count++) publishing.burst(address.port);
}

function counts(): readonly number[] {
  return [...posts.values()].sort();
}

/** Until so many posts came to each connection, sorted. */
function came(...wanted: readonly number[]): Promise<void> {
  return until(() => String(counts()) === String(wanted));
}

test("four post at a time, and each waits for its answer before it posts again", async () => {
  burst(6);
  await came(1, 1, 1, 1);
  const [first] = posts.keys();
  first?.write("HTTP/1.1 200 OK\r\n\r\n");
  await until(() => {
    burst(2);
    return counts().includes(2);
  });
  burst(6);
  await came(1, 1, 1, 2);
});

test("a connection that was cut is made anew by the next burst", async () => {
  burst(2);
  await came(1, 1, 1, 1);
  for (const socket of posts.keys()) socket.destroy();
  await came();
  await until(() => {
    burst(2);
    return posts.size === 4;
  });
  await came(1, 1, 1, 1);
});
