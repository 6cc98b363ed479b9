import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { Target } from "../../src/sandbox/open.ts";
import { sandboxStatus } from "../../src/sandbox/status.ts";
import { get, number, put, rig, run, until } from "./rig.ts";

const { folder: newFolder, open } = rig();
const folder = newFolder();
let target: Target;

beforeAll(async () => {
  target = (await open(folder, ["api-01"])).target({ name: "api-01" });
});

const requests = (body: string) => number(body, "http_request_seconds_count");
const under50 = (body: string) => number(body, 'http_request_seconds_bucket{le="0.05"}') / requests(body);

/** Restarts the app on a version and waits until it has answered `least` requests of the load. */
async function exposition(version: string, least: number): Promise<string> {
  await put(folder, target, version);
  let body = "";
  await until(async () => {
    body = (await get(target, "/metrics").catch(() => undefined))?.body ?? "";
    return body.includes("connections_active") && requests(body) >= least;
  });
  return body;
}

describe("the versions", () => {
  test.each(["v407", "v408"])("%s is good: fast, connected, without errors", async (version) => {
    const body = await exposition(version, 60);
    expect(under50(body)).toBeGreaterThan(0.99);
    expect(number(body, "connections_active")).toBe(16);
    expect(number(body, 'http_requests_total{code="500"}')).toBe(0);
    expect(await get(target, "/health")).toEqual({ status: 200, body: `{"status":"ok","version":"${version}"}\n` });
  });

  test("v409 is slow: one request in eight takes over 50 ms, the same ones every time", async () => {
    const body = await exposition("v409", 100);
    expect(under50(body)).toBeLessThan(0.95);
    expect(number(body, "connections_active")).toBe(16);
  });

  test("v410 dies at every start, and its host says why", async () => {
    const starts = (await sandboxStatus(folder))?.[0]?.app.starts ?? 0;
    expect(await put(folder, target, "v410")).toMatchObject({ code: 0 });
    await until(async () => ((await sandboxStatus(folder))?.[0]?.app.starts ?? 0) > starts + 1);
    expect((await run(target, "cat app.log")).out).toContain("v410: cannot start");
    await expect(get(target, "/health")).rejects.toThrow("Channel open failure");
  });

  test("v411 keeps no connection", async () => {
    const body = await exposition("v411", 40);
    expect(number(body, "connections_active")).toBe(0);
    expect(under50(body)).toBeGreaterThan(0.9);
  });

  test("v412 answers with errors after its time, and calls itself healthy", async () => {
    const file = join(folder, "artifacts", "v412", "version.json");
    expect(readFileSync(file, "utf8")).toContain('"errorsAfter": 20');
    writeFileSync(file, readFileSync(file, "utf8").replace('"errorsAfter": 20', '"errorsAfter": 1'));
    await exposition("v412", 60);
    const errors = async () => number((await get(target, "/metrics")).body, 'http_requests_total{code="500"}');
    await until(async () => (await errors()) > 20);
    expect((await get(target, "/health")).status).toBe(200);
  });
});

describe("the supervisor", () => {
  test("starts an app again that was killed, from the release that is current", async () => {
    await exposition("v407", 1);
    const pid = (await sandboxStatus(folder))?.[0]?.app.pid;
    expect((await run(target, `readlink /proc/${pid}/cwd`)).out).toBe(`${folder}/hosts/api-01/api/releases/v407\n`);
    await run(
      target,
      `cp -r api/releases/v407 api/releases/next && ln -sfn releases/next api/current && kill -9 ${pid}`,
    );
    await until(async () => (await sandboxStatus(folder))?.[0]?.app.release.endsWith("/next") === true);
    await until(async () => (await get(target, "/health").catch(() => undefined))?.status === 200);
  });

  test("has started the new app, and ended the old one, when bin/restart returns", async () => {
    await exposition("v407", 1);
    const before = (await sandboxStatus(folder))?.[0]?.app.pid;
    expect(await put(folder, target, "v408")).toMatchObject({ code: 0, out: "" });
    expect((await run(target, `kill -0 ${before}`)).code).not.toBe(0);
    expect((await sandboxStatus(folder))?.[0]?.app.release).toBe(`${folder}/hosts/api-01/api/releases/v408`);
  });

  test("says so when there is nothing to run", async () => {
    await put(folder, target, "v407");
    const ended = await run(target, "cd api/current && rm ../../current && ./bin/restart");
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.out).toContain("leads to no release");
  });

  test("stops the app, and keeps it stopped", async () => {
    await put(folder, target, "v407");
    expect(await run(target, "cd api/current && ./bin/stop")).toMatchObject({ code: 0 });
    await sleep(600);
    expect((await sandboxStatus(folder))?.[0]?.app.pid).toBeUndefined();
    await expect(get(target, "/health")).rejects.toThrow("Channel open failure");
  });
});
