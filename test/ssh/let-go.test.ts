import { createServer } from "node:net";
import { expect, test } from "vitest";
import type { Target } from "../../src/ssh/target.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { listen, startServer } from "./server.ts";

const command = { line: "true", stdin: [], within: 20_000, cap: 10 };

test("of a fleet that was looked at only some connections stay, and a second look reaches all again", async () => {
  const server = await startServer();
  const transport = openSsh({ resolve: async () => server.target, concurrency: 8, resting: 5 });
  const hosts = Array.from({ length: 20 }, (_, index) => ({ ...server.host, name: `h${index}` }));
  for (const connected of [20, 35]) {
    const rans = await Promise.all(hosts.map((host) => transport.run(host, command)));
    expect(rans.filter(({ exit }) => exit.type !== "exited")).toEqual([]);
    await expect.poll(() => server.counts.open).toBe(5);
    expect(server.counts.connected).toBe(connected);
  }
  await transport.close();
  await server.stop();
});

test("a jump host stays while anybody is behind it, and no longer", async () => {
  const [far, bastion] = await Promise.all([startServer(), startServer()]);
  const behind: Target = { ...far.target, via: { type: "jump", target: bastion.target } };
  const transport = openSsh({ resolve: async () => behind, concurrency: 8, resting: 0 });
  const [one, other] = ["one", "other"].map((name) => ({ ...far.host, name }));
  if (one === undefined || other === undefined) throw new Error("two hosts");
  const long = transport.run(one, { ...command, line: "sleep 2; exit 7" });
  await transport.run(other, command);
  await expect.poll(() => far.counts.open).toBe(1);
  expect(bastion.counts).toMatchObject({ open: 1, connected: 1 });
  expect((await long).exit).toEqual({ type: "exited", code: 7 });
  await expect.poll(() => bastion.counts.open).toBe(0);
  expect((await transport.run(one, command)).exit).toEqual({ type: "exited", code: 0 });
  expect(bastion.counts.connected).toBe(2);
  await transport.close();
  await Promise.all([far.stop(), bastion.stop()]);
});

test("a connection over which somebody talks to a port is in hand", async () => {
  const server = await startServer();
  const echo = createServer((socket) => void socket.on("error", () => undefined).pipe(socket));
  const transport = openSsh({ resolve: async () => server.target, concurrency: 8, resting: 0 });
  const stream = await transport.connect(server.host, { address: "127.0.0.1", port: await listen(echo) });
  await transport.run(server.host, command);
  expect(server.counts.open).toBe(1);
  const answer = new Promise((resolve) => stream.once("data", resolve));
  stream.write("still there");
  expect(String(await answer)).toBe("still there");
  stream.destroy();
  await expect.poll(() => server.counts.open).toBe(0);
  await transport.close();
  await server.stop();
  echo.close();
});
