import { describe, expect, test } from "vitest";
import type { Component, HealthCheck, MetricPolicy } from "../../src/core/component.ts";
import type { Host } from "../../src/core/fleet.ts";
import type { Answer, Look, Process } from "../../src/core/host.ts";
import { MetricSpec } from "../../src/metrics/index.ts";
import { readMetrics } from "../../src/metrics/read.ts";
import { metricOf } from "../../src/metrics/shape.ts";

const url = "http://127.0.0.1:8080/metrics";
const page = [
  "# TYPE http_total counter",
  'http_total{code="200",path="/"} 90',
  'http_total{code="503",path="/"} 10',
  "connections 7",
  'pool{name="a"} 1',
  'pool{name="b"} 2',
  'took_bucket{path="/",le="0.050"} 5',
  'took_bucket{path="/",le="+Inf"} 6',
  "# TYPE quiet_errors counter",
].join("\n");

const host: Host = {
  name: "api-01",
  address: "10.0.0.1",
  port: undefined,
  user: undefined,
  labels: {},
  cohort: "beta",
};
const process: Process = { identity: "7 100", startedAt: 0, release: "v1", rss: 5000, cpu: 1.5, restarts: 2 };
const check: HealthCheck = { how: { type: "tcp", address: "127.0.0.1", port: 80 }, within: 1, for: 1, proof: "none" };

function component(specs: Readonly<Record<string, unknown>>, healthy?: HealthCheck): Component {
  const metrics = Object.entries(specs).map(([name, spec]): MetricPolicy => metricOf(name, [MetricSpec.parse(spec)]));
  const share = { type: "count", count: 1 } as const;
  return {
    name: "api",
    root: "",
    source: { type: "dir" },
    hosts: {},
    path: "/srv/api",
    shared: [],
    env: {},
    activate: "true",
    activateWithin: 1,
    deactivate: undefined,
    drain: undefined,
    undrain: undefined,
    healthy,
    process: { type: "folder" },
    once: [],
    keep: 5,
    stages: [],
    maxUnavailable: share,
    maxFailed: share,
    rollback: { maxUnavailable: share },
    onFailure: "rollback",
    onBlind: "hold",
    gate: "enforce",
    falseRollbacks: 0.001,
    warmup: 0,
    metrics,
    assertions: [],
  };
}

/** Reads on one host that answers looks of a type with these; what came of each metric, and what was asked for. */
async function read(given: Component, answers: Partial<Record<Look["type"], Answer>>) {
  const asked: Look[] = [];
  const look = async (_: Host, one: Look): Promise<Answer> => {
    asked.push(one);
    return answers[one.type] ?? { type: "lost", reason: "no answer" };
  };
  const samples = await readMetrics(given, { hosts: [host], from: new Map(), every: 1000, look, now: () => 42 });
  return { asked, samples, readings: Object.fromEntries(samples.map(({ metric, reading }) => [metric, reading])) };
}

const body: Answer = { type: "body", status: 200, body: page };
const exposition = (keys: object) => ({ from: "exposition", url, ...keys });

describe("the free metrics", () => {
  test("come from one look at health", async () => {
    const healthy: Answer = { type: "health", healthy: true, detail: "200", body: "", process };
    const { asked, samples, readings } = await read(component({}, check), { check: healthy });
    expect(asked).toEqual([{ type: "check", check, process: { type: "folder" } }]);
    expect(samples.every((sample) => sample.at === 42 && sample.host === "api-01")).toBe(true);
    expect(readings).toEqual({
      healthy: { type: "gauge", value: 1 },
      restarts: { type: "identity", identity: "7 100", count: 2 },
      rss: { type: "gauge", value: 5000 },
      cpu: { type: "counters", series: { value: 1.5 } },
    });
  });

  test("or from the processes, where no check is configured", async () => {
    const { readings } = await read(component({}), { processes: { type: "processes", process } });
    expect(readings).toMatchObject({ rss: { value: 5000 } });
    expect(readings).not.toHaveProperty("healthy");
  });

  test("unhealthy is 0; a process that is not found is missing", async () => {
    const sick: Answer = { type: "health", healthy: false, detail: "500", body: "", process: undefined };
    const { readings } = await read(component({}, check), { check: sick });
    expect(readings["healthy"]).toEqual({ type: "gauge", value: 0 });
    expect(readings["restarts"]).toMatchObject({ type: "missing", cause: "no-data" });
  });

  test.each<Answer>([
    { type: "lost", reason: "timed out" },
    { type: "unreachable", cause: "auth", reason: "denied" },
    { type: "failed", detail: "no curl", log: "" },
    { type: "running" },
  ])("a host that answers with $type is missing, and not unhealthy", async (answer) => {
    const { readings } = await read(component({}, check), { check: answer });
    for (const reading of Object.values(readings))
      expect(reading).toMatchObject({ type: "missing", cause: "provider-error" });
    expect(Object.keys(readings)).toEqual(["healthy", "restarts", "rss", "cpu"]);
  });
});

describe("a page of metrics", () => {
  test("is read once for all that comes from it", async () => {
    const given = component({
      conns: exposition({ gauge: "connections" }),
      errors: exposition({ ratio: { bad: 'http_total{code=~"5.."}', all: "http_total" } }),
      none: exposition({ ratio: { bad: "quiet_errors_total", all: "http_total" } }),
      jobs: exposition({ rate: "http_total" }),
      p50: exposition({ quantile: 0.5, of: "took", unit: "ms" }),
      other: { from: "exposition", url: `${url}2`, gauge: "connections" },
    });
    const { asked, readings } = await read(given, { get: body });
    expect(asked.filter((one) => one.type === "get")).toHaveLength(2);
    expect(readings).toMatchObject({
      conns: { type: "gauge", value: 7 },
      errors: {
        type: "counters",
        series: { 'bad{code="503",path="/"}': 10, 'all{code="200",path="/"}': 90, 'all{code="503",path="/"}': 10 },
      },
      none: { type: "counters", series: { 'all{code="200",path="/"}': 90, 'all{code="503",path="/"}': 10 } },
      jobs: { type: "counters", series: { 'value{code="200",path="/"}': 90, 'value{code="503",path="/"}': 10 } },
      p50: { type: "counters", series: { 'le=0.05{path="/"}': 5, 'le=+Inf{path="/"}': 6 } },
      other: { type: "gauge", value: 7 },
    });
  });

  test.each([
    [{ gauge: "pool" }, "several-series"],
    [{ gauge: 'pool{name="c"}' }, "no-data"],
    [{ rate: "nothing" }, "no-data"],
    [{ ratio: { bad: 'htpp_total{code=~"5.."}', all: "http_total" } }, "no-data"],
    [{ ratio: { bad: "http_total", all: "nothing" } }, "no-data"],
    [{ quantile: 0.5, of: "nothing" }, "no-data"],
  ])("%j is missing: %s", async (keys, cause) => {
    const { readings } = await read(component({ x: exposition(keys) }), { get: body });
    expect(readings["x"]).toMatchObject({ type: "missing", cause });
  });

  test.each<[string, Answer]>([
    ["another status", { type: "body", status: 404, body: page }],
    ["a broken line", { type: "body", status: 200, body: "connections seven" }],
    [
      "a page that may have been cut",
      { type: "body", status: 200, body: `connections 7\n${"#".repeat(8 * 1024 * 1024)}` },
    ],
    ["no answer", { type: "lost", reason: "timed out" }],
  ])("%s is an error of the provider", async (_, answer) => {
    const { readings } = await read(component({ x: exposition({ gauge: "connections" }) }), { get: answer });
    expect(readings["x"]).toMatchObject({ type: "missing", cause: "provider-error" });
  });

  test("a series that stands twice is no counter; thousands are a mistake", async () => {
    const twice = await read(component({ x: exposition({ rate: "jobs" }) }), {
      get: { type: "body", status: 200, body: "jobs 1\njobs 2" },
    });
    expect(twice.readings["x"]).toMatchObject({ cause: "provider-error" });
    const many = Array.from({ length: 2001 }, (_, index) => `jobs{user="${index}"} 1`).join("\n");
    const flood = await read(component({ x: exposition({ rate: "jobs" }) }), {
      get: { type: "body", status: 200, body: many },
    });
    expect(flood.readings["x"]).toMatchObject({ cause: "several-series" });
  });
});

describe("a program", () => {
  const printed = (stdout: string, code = 0): Partial<Record<Look["type"], Answer>> => ({
    execute: { type: "exited", code, stdout },
  });

  test.each([
    ["12\n", { type: "gauge", value: 12 }],
    [" -1.5e3 ", { type: "gauge", value: -1500 }],
    ["NaN", { type: "gauge", value: Number.NaN }],
    ["inf", { type: "gauge", value: Number.POSITIVE_INFINITY }],
    ["", { type: "missing", cause: "no-data" }],
    ["12 13", { type: "missing", cause: "provider-error" }],
    ["error: none", { type: "missing", cause: "provider-error" }],
  ])("that prints %j", async (stdout, reading) => {
    const { asked, readings } = await read(component({ x: { from: "exec", run: "./depth" } }), printed(stdout));
    expect(asked).toContainEqual({ type: "execute", run: "./depth", within: 10_000 });
    expect(readings["x"]).toMatchObject(reading);
  });

  test("that fails, or is not answered for, is missing", async () => {
    const given = component({ x: { from: "exec", run: "./depth" } });
    expect((await read(given, printed("12", 3))).readings["x"]).toMatchObject({
      cause: "provider-error",
      detail: "the program exited with 3",
    });
    expect((await read(given, {})).readings["x"]).toMatchObject({ cause: "provider-error", detail: "no answer" });
  });

  test("that prints a page is run once for all that comes from it", async () => {
    const given = component({
      x: { from: "exec", run: "./page", gauge: "connections" },
      y: { from: "exec", run: "./page", rate: "http_total" },
    });
    const { asked, readings } = await read(given, printed(page));
    expect(asked.filter((one) => one.type === "execute")).toHaveLength(1);
    expect(readings).toMatchObject({ x: { value: 7 }, y: { type: "counters" } });
  });

  test("here knows which host it is asked about", async () => {
    const run = 'test "$SHIP_HOST $SHIP_ADDRESS $SHIP_COMPONENT" = "api-01 10.0.0.1 api" && echo 5';
    const { asked, readings } = await read(component({ x: { from: "exec", run, where: "here" } }), {});
    expect(asked.some((one) => one.type === "execute")).toBe(false);
    expect(readings["x"]).toEqual({ type: "gauge", value: 5 });
  });

  test.each([
    ["exit 4", "the program exited with 4"],
    ["kill -9 $$", expect.any(String)],
  ])("here: %s is missing", async (run, detail) => {
    const { readings } = await read(component({ x: { from: "exec", run, where: "here" } }), {});
    expect(readings["x"]).toEqual({ type: "missing", cause: "provider-error", detail });
  });
});

test("a page's user and password are in no sample", async () => {
  const metric = { from: "exposition", url: "http://me:pass@127.0.0.1/metrics", gauge: "connections" };
  const samples = await readMetrics(component({ conns: metric }), {
    hosts: [host],
    from: new Map(),
    every: 1000,
    look: () => Promise.resolve({ type: "body", status: 200, body: page }),
    now: () => 0,
  });
  expect(samples.find((sample) => sample.metric === "conns")?.origin).toBe("exposition http://127.0.0.1/metrics");
  expect(JSON.stringify(samples)).not.toContain("pass");
});
