import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HealthCheck } from "../../src/core/component.ts";
import { isThere } from "../machine.ts";
import { canHide, without } from "./hidden.ts";
import type { Shell } from "./local-transport.ts";
import { createRig, type Rig } from "./rig.ts";

let server: Server;
let port = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/slow") return;
    if (request.url === "/moved") response.writeHead(302, { location: "/" });
    if (request.url === "/sick") response.writeHead(503);
    if (request.url?.startsWith("/parts?a=1&b=")) {
      response.write("one ");
      response.end("two\n\n");
    } else response.end(request.url === "/long" ? "x".repeat(5000) : `version v1 at ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

type Case = { readonly name: string; readonly shell: Shell; readonly hidden: readonly string[] };

const cases: readonly Case[] = [
  ...(isThere("curl") ? [{ name: "curl", shell: "dash", hidden: [] } as const] : []),
  ...(isThere("wget") ? [{ name: "wget", shell: "dash", hidden: ["curl"] } as const] : []),
  { name: "bash", shell: "dash", hidden: ["curl", "wget", "nc"] },
  { name: "busybox's wget", shell: "busybox", hidden: ["curl"] },
];

let rig: Rig;

function open(shell: Shell, hidden: readonly string[]): void {
  rig = createRig(shell);
  if (hidden.length > 0) rig.transport.faults = { enter: without(hidden) };
  rig.transport.connect = () =>
    Promise.reject(Object.assign(new Error("the host's sshd forbids forwarding"), { code: "EACCES" }));
}
afterEach(() => rig.close());

const get = (path: string, within = 20_000, at = port) =>
  rig.ask({ type: "get", url: `http://127.0.0.1:${at}${path}`, within, cap: 1000 });
const check = (how: HealthCheck["how"]) =>
  rig.ask({ type: "check", check: { how, within: 1, for: 1, proof: "none" }, process: { type: "folder" } });

describe.each(cases)("where forwarding is forbidden the host asks itself by $name", ({ name, shell, hidden }) => {
  beforeEach(() => open(shell, hidden));
  const isPlain = name === "busybox's wget";

  test.skipIf(hidden.length > 0 && !canHide)("and brings status and body", async () => {
    expect(await get("/")).toEqual({ type: "body", status: 200, body: "version v1 at /" });
    expect(await get("/parts?a=1&b='2'")).toEqual({ type: "body", status: 200, body: "one two\n\n" });
    expect(await get("/list?match[]=up")).toMatchObject({ body: "version v1 at /list?match[]=up" });
    expect(await get("/sick")).toMatchObject({ type: "body", status: 503 });
    expect(await get("/moved")).toMatchObject({ type: "body", status: isPlain ? 200 : 302 });
  });

  test.skipIf(hidden.length > 0 && !canHide)("and says what is too long, too slow, or not there", async () => {
    expect(await get("/long")).toMatchObject({ type: "failed", detail: "the body is longer than 1000 bytes" });
    expect(await get("/slow", 1000)).toMatchObject({ type: "failed", detail: "no answer within 1000 ms" });
    expect(await get("/", 20_000, 1)).toMatchObject({
      type: "failed",
      detail: expect.stringMatching(/refused|connect/i),
    });
  });

  test.skipIf(hidden.length > 0 && !canHide)("and judges health by it", async () => {
    const http = (path: string) => check({ type: "http", url: `http://127.0.0.1:${port}${path}`, status: undefined });
    expect(await http("/")).toMatchObject({ type: "health", healthy: true, body: "version v1 at /" });
    expect(await http("/sick")).toMatchObject({ type: "health", healthy: false });
    const tcp = (at: number) => check({ type: "tcp", address: "127.0.0.1", port: at });
    expect(await tcp(port)).toMatchObject({ type: "health", healthy: true, detail: `port ${port} accepts` });
    expect(await tcp(1)).toMatchObject({ type: "health", healthy: false });
  });
});

describe("where forwarding is forbidden and the host has nothing to ask with", () => {
  beforeEach(() => open("dash", ["curl", "wget", "bash", "nc", "nc.openbsd", "nc.traditional"]));

  test.skipIf(!canHide)("nothing is known of the service, and why is said", async () => {
    const reason = "the host forbids forwarding, and has neither curl nor wget nor bash";
    expect(await get("/")).toEqual({ type: "lost", reason });
    const url = `http://127.0.0.1:${port}/`;
    expect(await check({ type: "http", url, status: undefined })).toEqual({ type: "lost", reason });
    expect(await check({ type: "tcp", address: "127.0.0.1", port })).toMatchObject({ type: "lost" });
  });

  test.skipIf(!canHide)("a look says that this is missing, so that no rollout begins there", async () => {
    const how = { type: "http", url: `http://127.0.0.1:${port}/`, status: undefined } as const;
    const health = { check: { how, within: 1, for: 1, proof: "none" }, process: { type: "folder" } } as const;
    expect(await rig.ask({ type: "observe", health })).toMatchObject({
      observation: { missingTools: ["curl, wget or bash (its sshd forbids forwarding)"] },
      health: { type: "lost" },
    });
    const inspected = await rig.ask({ type: "inspect", commands: [], process: { type: "folder" } });
    expect(inspected).toMatchObject({ inspection: { asks: "none" } });
  });
});

test("a host that forbids forwarding is asked for it once", async () => {
  open("dash", []);
  let tried = 0;
  const { connect } = rig.transport;
  rig.transport.connect = (host, target) => {
    tried += 1;
    return connect(host, target);
  };
  await get("/");
  await get("/");
  expect(tried).toBe(1);
  const inspected = await rig.ask({ type: "inspect", commands: [], process: { type: "folder" } });
  expect(inspected).toMatchObject({ inspection: { asks: "curl" } });
});

test("an answer that stops short is none", async () => {
  open("dash", ["curl", "wget"]);
  const short = createServer((request) => request.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  await new Promise<void>((resolve) => short.listen(0, "127.0.0.1", resolve));
  const address = short.address();
  const answer = await get("/", 20_000, typeof address === "object" && address !== null ? address.port : 0);
  short.close();
  expect(answer).toMatchObject({ type: "failed", detail: "the connection ended before the answer did" });
});
