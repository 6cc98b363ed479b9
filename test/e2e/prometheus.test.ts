import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { all, answering, hostsOf, names, recorded, smallFleet } from "./fleet.ts";
import { hasPrometheus, openPrometheus, type Prometheus } from "./prometheus-server.ts";
import { is, openPlace, type Place, said } from "./ship.ts";

const slow = 400_000;
const hosts = names(3);

/**
 * Shows the page of each host's app at `/h1`, at one port that stays: the sandbox's apps listen where they find room, and
 * Prometheus scrapes what it was told at its start. An app that is down is a scrape that fails.
 */
async function openPages(homes: ReadonlyMap<string, string>): Promise<Server> {
  const pages = createServer(async (request, response) => {
    try {
      const port = readFileSync(join(homes.get(request.url?.slice(1) ?? "") ?? "", ".net/8080"), "utf8");
      const page = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" } });
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(await page.text());
    } catch {
      response.writeHead(502).end();
    }
  });
  await new Promise<void>((done) => pages.listen(0, "127.0.0.1", done));
  return pages;
}

/** Prometheus alone says whether a release is well: latency and errors by shape, and a query of its own. */
function gatedBy(url: string, instance: string): Readonly<Record<string, string>> {
  const metrics = [
    "p99_latency: { from: prometheus, quantile: 0.99, of: http_request_seconds, unit: ms }",
    `error_rate: { from: prometheus, ratio: { bad: 'http_requests_total{code=~"5.."}', all: http_requests_total } }`,
    `cons: { from: prometheus, query: 'sum(connections_active{instance=~"{hosts}"})', window: 1s }`,
  ];
  const few = "min_events: 20, min_readings: 2";
  const assertions = [
    `{ assert: "p99_latency < 50", ${few} }`,
    `{ assert: "error_rate < 0.01", ${few} }`,
    '{ assert: "cons > 0", min_readings: 2 }',
  ];
  return smallFleet({
    bake: "5s",
    top: `prometheus: { url: "${url}", instance: "${instance}", headers: { Authorization: "Bearer s3cr3t" } }\n`,
    lines: { metrics: `{ ${metrics.join(", ")} }`, assertions: `[${assertions.join(", ")}]` },
  });
}

describe.runIf(hasPrometheus)("a rollout that only Prometheus can judge", { timeout: slow }, () => {
  let place: Place;
  let pages: Server;
  let server: Prometheus;
  beforeAll(async () => {
    place = openPlace(smallFleet());
    await place.ship(["sandbox", "up"]);
    pages = await openPages(new Map((await hostsOf(place)).map(({ name, home }) => [name, home])));
    const address = `127.0.0.1:${(pages.address() as AddressInfo).port}`;
    // The first host's label carries a port, and the others' do not.
    const instance = (name: string) => (name === "h1" ? "h1:9100" : name);
    const targets = hosts.map((name) => ({ job: "api", address, path: `/${name}`, instance: instance(name) }));
    server = await openPrometheus(targets);
    await server.until("http_requests_total", 2 * hosts.length);
    for (const [file, text] of Object.entries(gatedBy(server.url, "{host}"))) place.write(file, text);
  });
  afterAll(async () => {
    await place?.close();
    await server?.close();
    pages?.close();
    pages?.closeAllConnections();
  });

  const deploy = ["--version", "v408", "--json"];

  test("goes back where it is slow, and the verdict says who measured it", async () => {
    const ended = await place.ship(["--version", "v409", "--json"]);
    expect(ended.exit, said(ended)).toBe(3);
    const failed = ended.events.flatMap((event) =>
      event.type === "assertion.judged" && event.judgement.verdict === "fail" ? [event.judgement] : [],
    );
    expect(failed[0], said(ended)).toMatchObject({
      assertion: "p99_latency < 50",
      hosts: ["h1"],
      origins: [`prometheus ${server.url}`],
    });
    expect(await answering(place)).toEqual(all(hosts, "v407"));
  });

  test("stands still, and puts nothing back, while Prometheus is gone (cell 67)", async () => {
    const running = place.start(deploy);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    await server.stop();
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(8);
    expect(ended.events.some(is("host.reverted"))).toBe(false);
    expect(ended.stdout).toContain(`Prometheus cannot be reached at ${server.url}`);
    expect(await recorded(place)).toEqual(["h1 v408 proven", "h2 v408 confirmed", "h3 v408 confirmed"]);
  });

  test("goes on to its end by the same command when Prometheus is back", async () => {
    await server.start();
    // It takes some seconds until it scrapes again; up to then it shows what is stale.
    await server.until("time() - timestamp(http_requests_total) < 1", 2 * hosts.length);
    const ended = await place.ship(deploy);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.events.some(is("host.switched"))).toBe(false);
    expect(await recorded(place)).toEqual(all(hosts, "v408 proven"));
    expect(ended.stdout).not.toContain("s3cr3t");
  });
});
