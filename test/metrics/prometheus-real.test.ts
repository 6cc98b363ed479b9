import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grow, ungrown } from "../../src/core/counts.ts";
import type { Reading } from "../../src/core/sample.ts";
import { hasPrometheus, openPrometheus, type Prometheus } from "../e2e/prometheus-server.ts";
import { hostNamed, type Listening, read, showing } from "./prometheus-rig.ts";

/** Two hosts whose names differ in one character, the dot of the first; ports on two of the labels. */
const hosts = [hostNamed("api.01"), hostNamed("apix01"), hostNamed("db-01")];
const start = 1_700_000_000;

function page(ok: number, bad: number, more = ""): string {
  return [
    "# TYPE http_requests_total counter",
    `http_requests_total{code="200"} ${ok}`,
    ...(bad > 0 ? [`http_requests_total{code="500"} ${bad}`] : []),
    "# TYPE errors_total counter",
    "# TYPE took histogram",
    `took_bucket{le="0.05"} ${ok}`,
    `took_bucket{le="+Inf"} ${ok + bad}`,
    `process_start_time_seconds ${start}`,
    `depth{queue="a"} ${ok}`,
    "odd NaN",
    more,
    "",
  ].join("\n");
}

describe.runIf(hasPrometheus)("a real Prometheus", () => {
  const pages: Record<string, string> = {
    "/1": page(90, 10),
    "/2": page(7, 0),
    "/3": page(5, 0),
    "/3b": page(6, 0),
    "/odd": page(1, 1),
  };
  let apps: Listening;
  let server: Prometheus;
  beforeAll(async () => {
    apps = await showing(pages);
    const target = (path: string, instance: string, job = "app") => ({ job, address: apps.address, path, instance });
    const targets = [
      target("/1", "api.01:9100"),
      target("/2", "apix01:9100"),
      target("/3", "db-01:9100"),
      target("/3b", "db-01:8080"),
      target("/1", "api.01", "bare"),
      target("/odd", 'a"}\\b`:1', "odd"),
    ];
    server = await openPrometheus(targets, { every: "4s" });
    await server.until("http_requests_total", 9);
  });
  afterAll(async () => {
    await server?.close();
    await apps?.close();
  });

  const from = (instance?: string) => ({ url: server.url, ...(instance === undefined ? {} : { instance }) });
  const ratio = { ratio: { bad: 'http_requests_total{code=~"5.."}', all: "http_requests_total" } };

  test("gives each host its own series, and no sibling's", async () => {
    const [dotted, sibling] = await read(ratio, hosts, from("{host}:9100"));
    expect(dotted).toMatchObject({
      host: "api.01",
      start: start * 1000,
      reading: {
        type: "counters",
        series: {
          'bad{code="500",instance="api.01:9100",job="app"}': 10,
          'all{code="200",instance="api.01:9100",job="app"}': 90,
          'all{code="500",instance="api.01:9100",job="app"}': 10,
        },
      },
    });
    expect(sibling?.reading).toEqual({
      type: "counters",
      series: { 'all{code="200",instance="apix01:9100",job="app"}': 7 },
    });
    const [alone] = await read(
      { query: 'count(http_requests_total{instance=~"{hosts}"})' },
      hosts.slice(0, 1),
      from("{host}:9100"),
    );
    expect(alone).toMatchObject({ host: "@baseline", reading: { type: "gauge", value: 2 } });
  });

  test("knows a label with a port and one without, and says how old a sample is by its own clock", async () => {
    const before = Date.now();
    const found = await read({ quantile: 0.99, of: "took", unit: "ms" }, hosts.slice(0, 2), from());
    expect(found[0]?.reading).toMatchObject({
      series: {
        'le=0.05{instance="api.01",job="bare"}': 90,
        'le=+Inf{instance="api.01:9100",job="app"}': 100,
      },
    });
    expect(Object.keys(found[1]?.reading.type === "counters" ? found[1].reading.series : {})).toHaveLength(2);
    for (const { at = 0, stamp = 0 } of found) {
      expect(at).toBeGreaterThan(before - 20_000);
      expect(at).toBeLessThanOrEqual(Date.now());
      // Both clocks are this machine's.
      expect(Math.abs(at - stamp)).toBeLessThan(10_000);
    }
  });

  test("has one gauge for a host, or says that there are several", async () => {
    const [, one, two] = await read({ gauge: "depth" }, hosts, from());
    expect(one?.reading).toEqual({ type: "gauge", value: 7 });
    expect(two?.reading).toMatchObject({ type: "missing", cause: "several-series" });
    const [, , ported] = await read({ gauge: "depth" }, hosts, from("{host}:8080"));
    expect(ported?.reading).toEqual({ type: "gauge", value: 6 });
  });

  test("has no escape from a label's quotes", async () => {
    const odd = hostNamed("x", { rack: 'a"}\\b`' });
    const [found] = await read({ rate: "http_requests_total" }, [odd], from("{rack}"));
    expect(found?.reading).toMatchObject({ type: "counters" });
    for (const query of [
      'sum(depth{instance=~"{hosts}"})',
      "sum(depth{instance=~'{hosts}'})",
      "sum(depth{instance=~`{hosts}`})",
    ]) {
      const [, all] = await read({ query }, [odd], from("{rack}"), { from: new Map([["x", 0]]) });
      expect(all, query).toMatchObject({ host: "@fleet", reading: { type: "gauge", value: 1 } });
    }
  });

  test("knows a counter that has no series yet from one that it never heard of", async () => {
    const silent = { ratio: { bad: "errors_total", all: "http_requests_total" } };
    const [found] = await read(silent, hosts.slice(1, 2), from());
    expect(found?.reading).toMatchObject({ type: "counters" });
    const misspelt = { ratio: { bad: "erors_total", all: "http_requests_total" } };
    const [none] = await read(misspelt, hosts.slice(1, 2), from());
    expect(none?.reading).toMatchObject({
      cause: "no-data",
      detail: "Prometheus has no series erors_total whose instance label is apix01",
    });
  });

  test("hands on what is no number as it is", async () => {
    const [found] = await read({ gauge: "odd" }, hosts.slice(1, 2), from());
    expect(found?.reading).toEqual({ type: "gauge", value: Number.NaN });
  });

  test("counts on after a restart of the service, and says when that was", async () => {
    const one = hosts.slice(1, 2);
    const readings: Reading[] = [];
    let grown = ungrown;
    const look = async () => {
      const [found] = await read({ rate: "http_requests_total" }, one, from());
      if (found === undefined) throw new Error("nothing was read");
      grown = grow(grown, found.reading);
      readings.push(found.reading);
      return found;
    };
    const first = await look();
    pages["/2"] = page(3, 0).replace(`${start}`, `${start + 50}`);
    await server.until('http_requests_total{instance="apix01:9100"} == 3', 1);
    await server.until(`process_start_time_seconds{instance="apix01:9100"} == ${start + 50}`, 1);
    const second = await look();
    expect([...grown.series.values()]).toEqual([3]);
    expect(second.start).toBe((start + 50) * 1000);
    expect(second.stamp).toBeGreaterThan(first.stamp ?? 0);
    expect(second.at).toBeGreaterThan(first.at ?? 0);
  });

  test("says what is wrong with a query in its own words", async () => {
    const [found] = await read({ query: "sum(" }, hosts, from());
    expect(found?.reading).toMatchObject({ cause: "provider-error", detail: expect.stringContaining("parse error") });
    const [matrix] = await read({ query: "depth[1m]" }, hosts, from());
    expect(matrix?.reading).toMatchObject({ cause: "provider-error" });
    const [empty] = await read({ query: "nothing" }, hosts, from());
    expect(empty?.reading).toMatchObject({ cause: "no-data" });
    const [several] = await read({ query: "depth" }, hosts, from());
    expect(several?.reading).toMatchObject({ cause: "several-series" });
    const [scalar] = await read({ query: "scalar(sum(depth)) * 0 + 1" }, hosts, from());
    expect(scalar?.reading).toEqual({ type: "gauge", value: 1 });
    const [infinite] = await read({ query: "1 / (0 * sum(depth))" }, hosts, from());
    expect(infinite?.reading).toEqual({ type: "gauge", value: Number.POSITIVE_INFINITY });
  });

  test("is asked for a thousand hosts at once", async () => {
    const many = Array.from({ length: 1000 }, (_, index) => hostNamed(`a-host-of-many.${index}.example.com`));
    const found = await read(ratio, [...many, ...hosts.slice(0, 1)], from("{host}:9100"));
    expect(found).toHaveLength(1001);
    expect(found.at(-1)?.reading).toMatchObject({ type: "counters" });
    expect(found[0]?.reading).toMatchObject({ cause: "no-data" });
  });
});
