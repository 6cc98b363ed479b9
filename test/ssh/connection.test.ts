import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { directly } from "../../src/ssh/connection.ts";
import type { Target } from "../../src/ssh/target.ts";

test.each([
  [4, "connect"],
  [6, "error"],
] as const)("a server on 127.0.0.1 alone, dialled as localhost in family %i: %s", async (family, event) => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const wire = directly({ ...target, port, family });
  onTestFinished(() => void wire.destroy());
  const happened = await new Promise((resolve) => {
    wire.on("connect", () => resolve("connect")).on("error", () => resolve("error"));
  });
  expect(happened).toBe(event);
});

const target: Target = {
  ...{ name: "localhost", address: "localhost", port: 22, user: "deploy", keys: [], agent: undefined },
  ...{ agentKeys: undefined, pinned: [], authorities: [], knownHosts: [], notes: [] },
};
