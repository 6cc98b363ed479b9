import { describe, expect, test } from "vitest";
import { compileAssertion } from "../../src/config/assertion.ts";
import { metricsOf } from "../../src/core/expression.ts";
import { apiOf, cohorts, component, load, texts } from "./folder.ts";

const probe = '    probe: { url: "http://127.0.0.1:8080/" }\n';

/** The complaints about a component with these lines more. */
async function complaints(lines: string, files = cohorts): Promise<string> {
  const loaded = await load(`${component}${lines}`, {}, files);
  expect(loaded.type).toBe("complaints");
  return texts(loaded);
}

describe("a probe", () => {
  test("gives two metrics from one source, beside those that are declared", async () => {
    const metrics = '    metrics: { depth: { from: http, url: "http://127.0.0.1/", gauge: depth } }\n';
    const api = apiOf(await load(`${component}${probe}${metrics}`));
    const sources = [{ provider: "probe", settings: { url: "http://127.0.0.1:8080/", every: 1000 } }];
    expect(api.metrics).toEqual([
      expect.objectContaining({ name: "depth", sources: [expect.objectContaining({ provider: "http" })] }),
      { name: "probe.error_rate", shape: { type: "ratio" }, across: "mean", grouped: false, sources },
      {
        name: "probe.p99",
        shape: { type: "quantile", quantile: 0.99, scale: 1 },
        across: "mean",
        grouped: false,
        sources,
      },
    ]);
  });

  test("can be all that shows whether the service is well", async () => {
    const bare = component.replace(/ {4}healthy: .*\n/, "");
    const api = apiOf(await load(`${bare}${probe}    assertions: [probe.p99 < 50, each.probe.error_rate <= 0.01]\n`));
    expect(api.assertions.map(({ text }) => text)).toEqual([
      "probe.p99 < 50",
      "each.probe.error_rate <= 0.01",
      "each.restarts == 0",
    ]);
  });

  test.each([
    ["http://{address}:8080/{zone}", '"{zone}" is not known for a-01', "{host}, {address} or a label"],
    ["127.0.0.1:8080", '"url": this is not an address', "an http or https address"],
  ])("at %s is refused", async (url, message, expected) => {
    const told = await complaints(`    probe: { url: "${url}" }\n`);
    expect(told).toMatch(/^ship.config.yaml:7:19: /);
    expect(told).toContain(message);
    expect(told).toContain(expected);
  });

  test("is not made all the time", async () => {
    expect(await complaints(probe.replace(" }", ", every: 10ms }"))).toContain('"every": that is too often');
  });

  test("that is not there is said to be, at its place", async () => {
    expect(await complaints("    assertions: [rss < 5, probe.p99 < 50]\n")).toBe(
      [
        "ship.config.yaml:7:27: probe.p99 is not measured: the component has no probe",
        "      assertions: [rss < 5, probe.p99 < 50]",
        "                            ^",
        "  expected probe: { url: … } in the component",
      ].join("\n"),
    );
  });

  test("with a complaint still has its metrics", async () => {
    const told = await complaints("    probe: { url: 5 }\n    assertions: [probe.p99 < 50, probe.p98 < 50]\n");
    expect(told).not.toContain("probe.p99 is not");
    expect(told).toContain("8:34: probe.p98 is not a metric of this component");
    expect(told).toContain('did you mean "probe.p99"');
  });
});

describe("names of the probe's metrics", () => {
  const known = ["cpu", "probe.error_rate", "probe.p99"];
  const compiled = (text: string) => compileAssertion(text, known);

  test.each([
    ["probe.p99 < 50", ["changed probe.p99"]],
    ["each.probe.error_rate <= 0.01", ["each probe.error_rate"]],
    ["probe.p99 < 1.2 * baseline.probe.p99 + 5", ["changed probe.p99", "baseline probe.p99"]],
    ["max(fleet.probe.p99, cpu) < 50", ["fleet probe.p99", "changed cpu"]],
  ])("%s", (text, metrics) => {
    const found = compiled(text);
    if (found.type !== "ok") return expect.unreachable(found.message);
    expect(metricsOf(found.condition).map(({ scope, name }) => `${scope} ${name}`)).toEqual(metrics);
  });

  test.each([
    ["cpu < 1 && probe.p9 < 1", "probe.p9", "is not a metric", "probe.error_rate", "probe.p99"],
    ["basline.probe.p99 < 1", "basline", "is no prefix", "baseline.", "baseline"],
    ["probe.each.p99 < 1", "probe.each.p99", "one prefix", "each.", undefined],
    ["each.baseline.probe.p99 < 1", "each.baseline", "one prefix", "each.", undefined],
    ["each.probe < 1", "each.probe", "is not a metric", "probe.p99", undefined],
    ["probe < 1", "probe", "is not a metric", "probe.p99", undefined],
  ])("%s is a complaint", (text, place, message, hint, nearest) => {
    const found = compiled(text);
    if (found.type === "ok") return expect.unreachable();
    expect(text.slice(found.start, found.end)).toBe(place);
    expect(found.message).toContain(message);
    expect(found.hint).toContain(hint);
    expect(found.nearest).toBe(nearest);
  });
});

describe("from: http", () => {
  const metric = (keys: string) => `    metrics: { m: { from: http, ${keys} } }\n`;

  test.each([
    ['url: "http://{zone}/", gauge: a', '7:38: "{zone}" is not known for a-01'],
    ['url: "http://x/", gauge: "a[b]"', '7:58: "gauge": a path cannot go on with [b]'],
    ['url: "http://x/", ratio: { bad: "$.a", all: a }', '7:65: "bad": a path cannot go on with $.a'],
    ['url: "http://x/", quantile: 0.9', '7:51: unknown key "quantile"'],
    ['url: "http://x/"', '7:16: "m": expected one of gauge, rate or ratio'],
    ['url: "http://x/", gauge: a, headers: { A: b }', '7:70: "headers": belong to where: here'],
  ])("%s is refused", async (keys, message) => {
    expect(await complaints(metric(keys))).toContain(`ship.config.yaml:${message}`);
  });

  test("in a list of sources is checked too", async () => {
    const one = (url: string) => `{ from: http, url: "${url}", gauge: a }`;
    const told = await complaints(`    metrics: { m: [${one("http://{host}/")}, ${one("http://{rack}/")}] }\n`);
    expect(told).toContain('"{rack}" is not known for a-01');
    expect(told).not.toContain("{host} is");
  });

  test("has headers that are told in no complaint", async () => {
    const headers = 'url: "http://x/", gauge: a, where: here, headers: { "A B": s3cr3t }';
    const told = await complaints(metric(headers));
    expect(told).toContain("these cannot be headers");
    expect(told).not.toContain("s3cr3t");
  });
});
