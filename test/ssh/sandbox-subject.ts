import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/core/fleet.ts";
import { execute, signalGroup } from "../../src/sandbox/execute.ts";
import { forward } from "../../src/sandbox/forward.ts";
import { listen as listenAsSandbox } from "../../src/sandbox/server.ts";
import type { Subject } from "./conformance.ts";
import { makeKeyPair, pin } from "./keys.ts";
import { listen } from "./server.ts";

/** A host as the sandbox serves it, without its app, behind a relay by which a network's faults are made. */
export async function sandboxSubject(): Promise<Subject> {
  const home = mkdtempSync(join(tmpdir(), "ship-sandbox-host-"));
  mkdirSync(join(home, ".net"));
  const keys = { host: makeKeyPair(), client: makeKeyPair() };
  const children = new Set<ChildProcess>();
  const server = await listenAsSandbox(keys, {
    execute: (command, channel) => children.add(execute({ home, command, env: process.env }, channel)),
    forward: (target, answer) => forward(home, target, answer),
  });
  const relay = await relayTo(server.port());
  const address = "127.0.0.1";
  const host: Host = { name: "box", address, port: relay.port, user: "sandbox", labels: {}, cohort: "" };
  return {
    host,
    target: {
      ...{ name: `[${address}]:${relay.port}`, address, port: relay.port, user: "sandbox" },
      ...{ keys: [keys.client.private], agent: undefined, agentKeys: undefined, notes: [] },
      ...{ pinned: [pin(keys.host.public)], authorities: [], knownHosts: ["known_hosts"] },
    },
    ...relay,
    listens: (port) => writeFileSync(join(home, ".net", String(port)), String(port)),
    async stop() {
      for (const child of children) signalGroup(child, "KILL");
      await relay.stop();
      await server.shut();
      rmSync(home, { recursive: true });
    },
  };
}

type Relay = Pick<Subject, "cut" | "freeze" | "thaw" | "stop"> & { readonly port: number };

async function relayTo(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect({ host: "127.0.0.1", port: target });
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(socket);
      socket
        .on("error", () => undefined)
        .on("data", (chunk) => {
          if (!other.write(chunk)) socket.pause();
        });
      other.on("drain", () => socket.resume());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const port = await listen(server);
  return {
    port,
    cut: () => sockets.forEach((socket) => void socket.destroy()),
    freeze: () => sockets.forEach((socket) => void socket.pause()),
    thaw: () => sockets.forEach((socket) => void socket.resume()),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
