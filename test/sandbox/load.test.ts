import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Load, load } from "../../src/sandbox/load.ts";
import { until } from "./rig.ts";

let home: string;
let server: Server;
let traffic: Load;
const sockets = new Set<Socket>();
const requests: string[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "ship-load-"));
  server = createServer((socket) => {
    let text = "";
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const parts = (text + bytes.toString("latin1")).split("\r\n\r\n");
      text = parts.pop() ?? "";
      requests.push(...parts);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  traffic.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(home, { recursive: true });
});

/** The app of the host says where it listens, as the real one does. */
function announce(): void {
  const address = server.address();
  mkdirSync(join(home, ".net"));
  writeFileSync(join(home, ".net/8080"), String(typeof address === "object" ? address?.port : ""));
}

test("customers ask one after the other, each host's from another one on, and every tenth is on the plan pro", async () => {
  traffic = load(home, 2);
  announce();
  const asks = () => requests.filter((request) => request.startsWith("GET / "));
  await until(() => asks().length >= 100 && requests.some((request) => request.startsWith("POST /publish ")));
  const seen = asks().map((request) => {
    const [, app = "", plan = ""] = /x-app: shop-(\d+)\r\nx-plan: (\w+)$/.exec(request) ?? [];
    expect(plan).toBe(Number(app) % 10 === 0 ? "pro" : "free");
    return Number(app);
  });
  expect(new Set(seen).size).toBe(seen.length);
  expect(Math.min(...seen)).toBe(167);
  expect(asks().every((request) => request.includes("\r\nx-load: 1\r\n"))).toBe(true);
});
