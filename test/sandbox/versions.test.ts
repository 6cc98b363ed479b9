import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { Target } from "../../src/sandbox/open.ts";
import { sandboxStatus } from "../../src/sandbox/status.ts";
import { connected, forwarded, get, number, put, rig, run, until } from "./rig.ts";

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

/** The app's page as soon as it is as wanted. */
async function page(wanted: (body: string) => boolean): Promise<string> {
  let body = "";
  await until(async () => {
    body = (await get(target, "/metrics").catch(() => undefined))?.body ?? "";
    return wanted(body);
  });
  return body;
}

describe("the flag lxc, by the hand of whoever is on the host", () => {
  const onNewPath = (body: string) => number(body, "lxc_requests_total");
  const flags = (flag: object) => {
    const lxc = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off", ...flag };
    const text = JSON.stringify({ flags: { lxc } });
    return run(target, "mkdir -p api/shared && cat >api/shared/new && mv api/shared/new api/shared/flags.json", text);
  };

  test.each(["v413", "v414"])("without the file %s is as good as v408", async (version) => {
    await run(target, "rm -f api/shared/flags.json");
    const body = await exposition(version, 60);
    expect(under50(body)).toBeGreaterThan(0.99);
    expect(onNewPath(body)).toBe(0);
  });

  test.each([
    ["v413", "slow", 0.45, 0.75],
    ["v414", "right", 0.98, 1],
  ])("%s is %s on the new path, from when it is on until it is off", async (version, _like, least, most) => {
    await flags({});
    const before = await exposition(version, 20);
    expect(onNewPath(before)).toBe(0);
    await flags({ defaultVariant: "on" });
    const begun = await page((body) => onNewPath(body) > 0);
    const on = await page((body) => onNewPath(body) > onNewPath(begun) + 200);
    const fast = (body: string) => under50(body) * requests(body);
    const share = (fast(on) - fast(begun)) / (requests(on) - requests(begun));
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThanOrEqual(most);
    await flags({});
    const seen = await page(stands(onNewPath));
    await page((body) => requests(body) > requests(seen) + 100);
    expect(onNewPath((await get(target, "/metrics")).body)).toBe(onNewPath(seen));
  });

  test("a rule decides by who asks: one request in ten is of an app on the plan pro", async () => {
    await flags({ targeting: { if: [{ "==": [{ var: "plan" }, "pro"] }, "on", "off"] } });
    const body = await exposition("v414", 300);
    expect(onNewPath(body) / requests(body)).toBeGreaterThan(0.07);
    expect(onNewPath(body) / requests(body)).toBeLessThan(0.13);
  });

  test("a version without the path takes no notice", async () => {
    await flags({ defaultVariant: "on" });
    expect(onNewPath(await exposition("v408", 60))).toBe(0);
  });

  /** True of a page on which a hundred requests came since the number changed last: the change has been noticed. */
  function stands(series: (body: string) => number) {
    let [from, value] = [0, Number.NaN];
    return (body: string) => {
      if (series(body) !== value) [from, value] = [requests(body), series(body)];
      return requests(body) > from + 100;
    };
  }
});

describe("the rate publish", () => {
  const limit = (body: string, figure: string) => number(body, `ship_limit_${figure}{name="publish"}`);
  const rate = (text: string) => run(target, "mkdir -p api/shared/rates && cat >api/shared/rates/publish", text);

  test("at 0 it stops and holds back who posts; raised, all that waited is published", async () => {
    await put(folder, target, "v407");
    await page((body) => limit(body, "passed_total") > 10);
    await rate("0\n");
    const stopped = await page((body) => limit(body, "rate") === 0 && limit(body, "waiting") === 4);
    const later = await page((body) => requests(body) > requests(stopped) + 100);
    expect(limit(later, "passed_total")).toBe(limit(stopped, "passed_total"));
    await rate("50\n");
    const resumed = await page(
      (body) => limit(body, "passed_total") > limit(stopped, "passed_total") + 10 && limit(body, "waiting") === 0,
    );
    expect([limit(resumed, "rate"), limit(resumed, "refused_total")]).toEqual([50, 0]);
    await run(target, "rm api/shared/rates/publish");
  });

  test("what comes behind a post on its connection is answered after it", async () => {
    await put(folder, target, "v407");
    await rate("0\n");
    await page((body) => limit(body, "rate") === 0);
    const answers = await connected(target, async (client) => {
      const socket = await forwarded(client, 8080);
      let text = "";
      socket.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
      });
      socket.write("POST /publish HTTP/1.1\r\n\r\nGET /health HTTP/1.1\r\nconnection: close\r\n\r\n");
      await page((body) => limit(body, "waiting") === 5);
      expect(text).toBe("");
      await rate("100\n");
      await until(() => text.includes("v407"));
      return text;
    });
    expect(answers).toMatch(/^HTTP\/1.1 200 OK[\s\S]*published\n[\s\S]*"version":"v407"}\n$/);
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
