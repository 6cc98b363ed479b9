import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MetricSpec } from "../../src/metrics/index.ts";
import { readPast } from "../../src/metrics/prometheus-past.ts";
import { metricOf } from "../../src/metrics/shape.ts";
import { component } from "../simulation/component.ts";
import { hostNamed, type Listening, listen } from "./prometheus-rig.ts";

/** What the fake server says to a range query that starts so; `asked` are the forms that it got. */
let answers: Readonly<Record<string, unknown>> = {};
let metadata: object = {};
const asked: URLSearchParams[] = [];
let server: Listening;

beforeAll(async () => {
  server = await listen(
    createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        if (request.url?.startsWith("/api/v1/metadata")) {
          response.end(JSON.stringify({ status: "success", data: metadata }));
          return;
        }
        const form = new URLSearchParams(body);
        asked.push(form);
        const query = form.get("query") ?? "";
        const [, answer] = Object.entries(answers).find(([start]) => query.startsWith(start)) ?? [];
        if (typeof answer === "string") response.end(answer);
        else response.end(JSON.stringify(matrix(answer)));
      });
    }),
  );
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  metadata = {};
});

type Line = readonly [labels: Readonly<Record<string, string>>, ...points: readonly (readonly [number, string])[]];

function matrix(lines: unknown) {
  const result = Array.isArray(lines) ? lines.map(([metric, ...values]: Line) => ({ metric, values })) : [];
  return { status: "success", data: { resultType: "matrix", result } };
}

const hosts = [hostNamed("a"), hostNamed("b")];
const span = { from: 100_000, to: 160_000, step: 60_000 };

/** Reads the past of one metric. */
async function read(keys: Readonly<Record<string, unknown>>, of = hosts) {
  const policy = metricOf("x", [MetricSpec.parse({ from: "prometheus", ...keys })]);
  const settings = { url: server.url, instance: "{host}", headers: {}, timeout: 5000, each: false };
  const sources = policy.sources.map((one) => ({ ...one, settings: { ...Object(one.settings), ...settings } }));
  return readPast(component([], { metrics: [{ ...policy, sources }] }), of, span);
}

const at = (host: string, time: number) => ({ metric: "x", host, at: time, origin: `prometheus ${server.url}` });

test("counters of each host at each step, under the keys that a measurement has", async () => {
  answers = {
    errors_total: [[{ __name__: "errors_total", instance: "a:9100", code: "500" }, [100, "1"], [160, "2"]]],
    requests_total: [
      [{ instance: "a:9100", code: "200" }, [100, "10"], [160, "20.5"]],
      [{ instance: "b", code: "200" }, [160, "7"]],
      [{ instance: "other" }, [160, "7"]],
    ],
  };
  const { samples, failures } = await read({ ratio: { bad: "errors_total", all: "requests_total" } });
  const bad = 'bad{code="500",instance="a:9100"}';
  const all = 'all{code="200",instance="a:9100"}';
  expect(failures).toEqual([]);
  expect(samples).toEqual([
    { ...at("a", 100_000), reading: { type: "counters", series: { [bad]: 1, [all]: 10 } } },
    { ...at("a", 160_000), reading: { type: "counters", series: { [bad]: 2, [all]: 20.5 } } },
    { ...at("b", 160_000), reading: { type: "counters", series: { 'all{code="200",instance="b"}': 7 } } },
  ]);
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({ start: "100", end: "160", step: "60" });
  expect(asked[0]?.get("query")).toBe('errors_total{instance=~"(?:a|b)(?::[0-9]+)?"}');
});

test("a moment without a metric's own series is no reading, be there bad ones", async () => {
  answers = {
    errors_total: [[{ instance: "a" }, [100, "1"], [160, "2"]]],
    requests_total: [[{ instance: "a" }, [160, "7"]]],
  };
  const { samples } = await read({ ratio: { bad: "errors_total", all: "requests_total" } });
  expect(samples.map((sample) => sample.at)).toEqual([160_000]);
});

test("that nothing went bad is a zero where the server knows the counter, and no evidence where it does not", async () => {
  answers = { requests_total: [[{ instance: "a" }, [160, "7"]]] };
  const ratio = { bad: "errors_total", all: "requests_total" };
  expect((await read({ ratio })).samples).toEqual([]);
  metadata = { errors: [{ type: "counter" }] };
  expect((await read({ ratio })).samples).toHaveLength(1);
  metadata = {};
  const labelled = { bad: 'requests_total{code="500"}', all: "requests_total" };
  answers = { 'requests_total{code="500"': [], requests_total: [[{ instance: "a" }, [160, "7"]]] };
  expect((await read({ ratio: labelled })).samples).toHaveLength(1);
});

test("gauges: one series is a number, NaN included; two are none", async () => {
  answers = {
    cons: [
      [{ instance: "a" }, [100, "3"], [160, "NaN"]],
      [{ instance: "b", pool: "1" }, [100, "3"]],
      [{ instance: "b", pool: "2" }, [100, "4"]],
    ],
  };
  const { samples } = await read({ gauge: "cons" });
  expect(samples.map(({ reading }) => reading)).toEqual([
    { type: "gauge", value: 3 },
    { type: "gauge", value: Number.NaN },
    { type: "missing", cause: "several-series", detail: "2 series where one was asked for" },
  ]);
});

test("a query of the config's own stands for all hosts", async () => {
  answers = { "sum(depth": [[{}, [100, "5"]]] };
  const { samples } = await read({ query: 'sum(depth{instance=~"{hosts}"})' });
  expect(samples).toEqual([
    { ...at("@changed", 100_000), reading: { type: "gauge", value: 5 } },
    { ...at("@fleet", 100_000), reading: { type: "gauge", value: 5 } },
  ]);
  answers = {
    depth: [
      [{ pool: "1" }, [100, "5"]],
      [{ pool: "2" }, [100, "5"]],
    ],
  };
  const several = await read({ query: "depth" });
  expect(several.samples[0]?.reading).toMatchObject({ type: "missing", cause: "several-series" });
  answers = { depth: [] };
  expect((await read({ query: "depth" })).samples).toEqual([]);
});

test.each([
  ["<html>", "it answered a range query with status 200"],
  ['{"status":"error","error":"exceeded maximum resolution"}', "it refused the query: exceeded maximum resolution"],
])("%s is a failure that is told, once for all metrics", async (body, detail) => {
  answers = { "": body };
  for (const keys of [{ gauge: "cons" }, { query: "depth" }])
    expect(await read(keys)).toEqual({ samples: [], failures: [`prometheus ${server.url}: ${detail}`] });
});

test("many hosts are asked about in several questions, and a metric from elsewhere in none", async () => {
  answers = { cons: [] };
  await read(
    { gauge: "cons" },
    Array.from({ length: 250 }, (_, index) => hostNamed(`h${index}`)),
  );
  expect(asked).toHaveLength(3);
  const elsewhere = component([], {});
  expect(await readPast(elsewhere, hosts, span)).toEqual({ samples: [], failures: [] });
});

test("a server that is not there is a failure", async () => {
  const gone = await listen(createServer());
  await gone.close();
  const policy = metricOf("x", [MetricSpec.parse({ from: "prometheus", gauge: "cons" })]);
  const settings = { url: gone.url, instance: "{host}", headers: {}, timeout: 500, each: false };
  const sources = policy.sources.map((one) => ({ ...one, settings: { ...Object(one.settings), ...settings } }));
  const { failures } = await readPast(component([], { metrics: [{ ...policy, sources }] }), hosts, span);
  expect(failures.join()).toContain("cannot be reached");
});
