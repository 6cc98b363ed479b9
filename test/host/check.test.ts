import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HealthCheck } from "../../src/core/component.ts";
import { createHosts } from "../../src/host/perform.ts";
import { createRig, type Rig } from "./rig.ts";

let here: Rig;
let server: Server;
let port = 0;

beforeAll(async () => {
  here = createRig("dash");
  await here.bring(here.release("v1", { hello: "" }, {}), "proven");
  server = createServer((request, response) => {
    if (request.url === "/slow") return;
    if (request.url === "/moved") response.writeHead(302, { location: "/" });
    if (request.url === "/sick") response.writeHead(503);
    response.end(request.url === "/long" ? "x".repeat(5000) : "version v1");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await here.close();
});

describe("get", () => {
  const get = (path: string, within = 20_000) =>
    here.ask({ type: "get", url: `http://127.0.0.1:${port}${path}`, within, cap: 1000 });

  test("brings status and body", async () => {
    expect(await get("/")).toEqual({ type: "body", status: 200, body: "version v1" });
    expect(await get("/moved")).toMatchObject({ type: "body", status: 302 });
  });

  test("refuses what is too long, too slow, not there, or no address", async () => {
    expect(await get("/long")).toMatchObject({ type: "failed", detail: "the body is longer than 1000 bytes" });
    expect(await get("/slow", 100)).toMatchObject({ type: "failed", detail: "no answer within 100 ms" });
    const wrong = (url: string) => here.ask({ type: "get", url, within: 20_000, cap: 10 });
    expect(await wrong("http://127.0.0.1:1/")).toMatchObject({
      type: "failed",
      detail: expect.stringContaining("ECONNREFUSED"),
    });
    expect(await wrong("ftp://x")).toMatchObject({ type: "failed", detail: "not an http address: ftp://x" });
  });
});

test("get tells a host that cannot be reached from a service that does not answer", async () => {
  const asking = (error: Error) => {
    const transport = { run: () => Promise.reject(error), connect: () => Promise.reject(error), close: async () => {} };
    const look = { type: "get", url: "http://127.0.0.1:1/", within: 1000, cap: 10 } as const;
    return createHosts(transport).perform(here.host, { component: "api", path: "api" }, look);
  };
  const barred = Object.assign(new Error("the host's sshd forbids forwarding"), { code: "EHOSTUNREACH" });
  expect(await asking(barred)).toEqual({ type: "lost", reason: "the host's sshd forbids forwarding" });
  expect(await asking(new Error("nothing answers"))).toMatchObject({ type: "failed", detail: "nothing answers" });
});

describe("check", () => {
  const check = (how: HealthCheck["how"]) =>
    here.ask({ type: "check", check: { how, within: 1, for: 1, proof: "none" }, process: { type: "folder" } });
  const http = (path: string, status?: number) =>
    check({ type: "http", url: `http://127.0.0.1:${port}${path}`, status });

  test("judges a status, a port and an exit code", async () => {
    expect(await http("/")).toMatchObject({ type: "health", healthy: true, body: "version v1", process: undefined });
    expect(await http("/sick")).toMatchObject({ type: "health", healthy: false });
    expect(await http("/sick", 503)).toMatchObject({ type: "health", healthy: true });
    expect(await check({ type: "tcp", address: "127.0.0.1", port })).toMatchObject({ type: "health", healthy: true });
    expect(await check({ type: "tcp", address: "127.0.0.1", port: 1 })).toMatchObject({ healthy: false });
    expect(await check({ type: "exec", run: "test -e hello && echo v1" })).toMatchObject({
      healthy: true,
      body: "v1\n",
    });
    expect(await check({ type: "exec", run: "exit 2" })).toMatchObject({ healthy: false, detail: "exit code 2" });
  });

  test("does not call a host sick that cannot be reached", async () => {
    const unsent = { type: "unsent", cause: "unreachable", reason: "no route" } as const;
    const hosts = createHosts({
      run: async () => ({ exit: unsent, stdout: new Uint8Array(), stderr: new Uint8Array(), truncated: false }),
      connect: () => Promise.reject(new Error("no route")),
      close: async () => {},
    });
    const how = { type: "http", url: "http://127.0.0.1:1/", status: undefined } as const;
    const look = {
      type: "check",
      check: { how, within: 1, for: 1, proof: "none" },
      process: { type: "folder" },
    } as const;
    const place = { component: "api", path: "api" };
    expect(await hosts.perform(here.host, place, look)).toEqual({ ...unsent, type: "unreachable" });
  });
});

test("execute says how a program ended, and ends one that takes too long", async () => {
  expect(await here.ask({ type: "execute", run: "echo out; echo err >&2; exit 3", within: 20_000 })).toEqual({
    ...{ type: "exited", code: 3, stdout: "out\n" },
  });
  expect(await here.ask({ type: "execute", run: "echo out; sleep 60", within: 3000 })).toMatchObject({
    ...{ type: "failed", detail: "it took longer than 3 s", log: "out\n" },
  });
});

describe("a look that takes the check along", () => {
  const look = async (how: HealthCheck["how"]) => {
    const { run, connect } = here.transport;
    const used = { runs: 0, connections: 0 };
    Object.assign(here.transport, {
      run: (...asked: Parameters<typeof run>) => {
        used.runs += 1;
        return run(...asked);
      },
      connect: (...asked: Parameters<typeof connect>) => {
        used.connections += 1;
        return connect(...asked);
      },
    });
    const health = { check: { how, within: 1, for: 1, proof: "none" }, process: { type: "folder" } } as const;
    const answer = await here.ask({ type: "observe", health });
    Object.assign(here.transport, { run, connect });
    return { answer, ...used };
  };

  test("is one program, and says what both would say", async () => {
    const observed = await here.observe();
    const { answer, runs, connections } = await look({ type: "exec", run: "test -e hello && echo v1" });
    expect([runs, connections]).toEqual([1, 0]);
    expect(answer).toMatchObject({
      observation: { record: observed.record, link: observed.link, releases: observed.releases },
      health: { type: "health", healthy: true, body: "v1\n" },
    });
    expect(await look({ type: "exec", run: "exit 2" })).toMatchObject({ answer: { health: { healthy: false } } });
  });

  test("is one program and one connection, where the service is asked from here", async () => {
    const { answer, runs, connections } = await look({
      ...{ type: "http", url: `http://127.0.0.1:${port}/`, status: undefined },
    });
    expect([runs, connections]).toEqual([1, 1]);
    expect(answer).toMatchObject({ health: { type: "health", healthy: true, body: "version v1" } });
  });
});

test("a transport that throws is an answer", async () => {
  const hosts = createHosts({
    run: () => Promise.reject(new Error("a bug")),
    connect: () => Promise.reject(new Error("a bug")),
    close: async () => {},
  });
  const answer = await hosts.perform(here.host, { component: "api", path: "api" }, { type: "observe" });
  expect(answer).toEqual({ type: "lost", reason: "a bug" });
});
