import { describe, expect, test } from "vitest";
import * as z from "zod";
import { MetricSpec } from "../../src/metrics/index.ts";

const url = "http://127.0.0.1:8080/metrics";
const from = "exposition";

describe("an entry under metrics", () => {
  test.each([
    [
      { from, url, gauge: "connections_active" },
      { shape: { type: "gauge" }, across: "mean", settings: { url, selectors: { value: "connections_active" } } },
    ],
    [{ from, url, gauge: "depth", across: "sum" }, { across: "sum" }],
    [
      { from, url, rate: "jobs_total" },
      { shape: { type: "rate" }, settings: { url, selectors: { value: "jobs_total" } } },
    ],
    [
      { from, url, ratio: { bad: 'http{code=~"5.."}', all: "http" } },
      { shape: { type: "ratio" }, settings: { url, selectors: { bad: 'http{code=~"5.."}', all: "http" } } },
    ],
    [
      { from, url, quantile: 0.99, of: "http_request_seconds", unit: "ms" },
      {
        shape: { type: "quantile", quantile: 0.99, scale: 1000 },
        settings: { url, selectors: { le: "http_request_seconds_bucket" } },
      },
    ],
    [
      { from, url, quantile: 0.5, of: 'took_ms_bucket{path="/"}', unit: "ms" },
      {
        shape: { type: "quantile", quantile: 0.5, scale: 1 },
        settings: { url, selectors: { le: 'took_ms_bucket{path="/"}' } },
      },
    ],
    [{ from, url, quantile: 0.5, of: "size" }, { shape: { type: "quantile", quantile: 0.5, scale: 1 } }],
    [
      { from: "exec", run: "./depth" },
      { provider: "exec", shape: { type: "gauge" }, settings: { run: "./depth", where: "host" } },
    ],
    [
      { from: "exec", run: "./depth", across: "max" },
      { across: "max", shape: { type: "gauge" } },
    ],
    [
      { from: "exec", run: "./page", where: "here", rate: "jobs" },
      { shape: { type: "rate" }, settings: { run: "./page", where: "here", selectors: { value: "jobs" } } },
    ],
  ])("%j", (entry, expected) => {
    expect(MetricSpec.parse(entry)).toMatchObject(expected);
  });

  test.each([
    [{ from, url }, ["gauge"], /one of gauge, rate, ratio or quantile/],
    [{ from, url, gauge: "a", rate: "b" }, ["rate"], /not both/],
    [{ from, url, quantile: 0.9 }, ["quantile"], /of/],
    [{ from, url, quantile: 1, of: "a" }, ["quantile"], /</],
    [{ from, url, gauge: "a", of: "b" }, ["of"], /belongs to quantile/],
    [{ from, url, gauge: "a", unit: "ms" }, ["unit"], /belongs to quantile/],
    [{ from, url, ratio: { bad: "a", all: "b" }, across: "sum" }, ["across"], /pooled/],
    [{ from, url, gauge: "a{b}" }, ["gauge"], /label="value"/],
    [{ from, url, ratio: { bad: 'a{b=~"("}', all: "a" } }, ["ratio", "bad"], /pattern/],
    [{ from, url: "127.0.0.1/metrics", gauge: "a" }, ["url"], /URL/],
    [{ from, url: "ftp://127.0.0.1/metrics", gauge: "a" }, ["url"], /URL/],
    [{ from, url, guage: "a", gauge: "a" }, [], /guage/],
    [{ from: "exec", run: "" }, ["run"], /./],
    [{ from: "exec", run: "x", where: "there" }, ["where"], /./],
    [{ from: "exec", run: "x", of: "y" }, ["gauge"], /one of/],
  ])("%j is refused at %j", (entry, path, message) => {
    const issue = MetricSpec.safeParse(entry).error?.issues[0];
    expect(issue?.path).toEqual(path);
    expect(issue?.message).toMatch(message);
  });

  test("every key has its description and an example", () => {
    const schema = z.toJSONSchema(MetricSpec, { io: "input" });
    const bare: string[] = [];
    const walk = (at: unknown, path: string): void => {
      if (typeof at !== "object" || at === null) return;
      for (const [key, value] of Object.entries(at)) {
        if (key !== "properties") walk(value, path);
        else
          for (const [name, one] of Object.entries(value)) {
            const described = z
              .object({ description: z.string(), examples: z.array(z.unknown()).min(1) })
              .safeParse(one);
            if (!described.success) bare.push(`${path}${name}`);
            walk(one, `${path}${name}.`);
          }
      }
    };
    walk(schema, "");
    expect(bare).toEqual([]);
    expect(schema).toHaveProperty("oneOf");
  });
});
