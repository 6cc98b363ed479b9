import { expect, test } from "vitest";
import { compileAssertion } from "../../src/config/assertion.ts";
import type { AssertionPolicy, Component, MetricPolicy } from "../../src/core/component.ts";
import type { Host } from "../../src/core/fleet.ts";
import type { Answer } from "../../src/core/host.ts";
import { judge, startTrial } from "../../src/core/judge.ts";
import { measuresOf } from "../../src/core/sample.ts";
import { addSamples, emptyEvidence } from "../../src/core/window.ts";
import { MetricSpec } from "../../src/metrics/index.ts";
import { readMetrics } from "../../src/metrics/read.ts";
import { metricOf } from "../../src/metrics/shape.ts";

const from = "exposition";
const url = "http://127.0.0.1:8080/metrics";
const metrics = Object.entries({
  p99_latency: { from, url, quantile: 0.99, of: "http_request_seconds", unit: "ms" },
  error_rate: { from, url, ratio: { bad: 'http_requests_total{code=~"5.."}', all: "http_requests_total" } },
  active_cons: { from, url, gauge: "connections_active" },
}).map(([name, spec]): MetricPolicy => metricOf(name, [MetricSpec.parse(spec)]));

/** What a service shows after so many seconds of 100 requests each, of which `slow` took 60 ms and `bad` failed. */
function page(seconds: number, slow: number, bad: number): string {
  const all = 100 * seconds;
  return [
    `http_request_seconds_bucket{le="0.01"} ${all - slow * seconds}`,
    `http_request_seconds_bucket{le="0.05"} ${all - slow * seconds}`,
    `http_request_seconds_bucket{le="0.1"} ${all}`,
    `http_request_seconds_bucket{le="+Inf"} ${all}`,
    `http_requests_total{code="200"} ${all - bad * seconds}`,
    `http_requests_total{code="500"} ${bad * seconds}`,
    "connections_active 12",
  ].join("\n");
}

const host = (name: string): Host => ({
  name,
  address: name,
  port: undefined,
  user: undefined,
  labels: {},
  cohort: "all",
});

/** The verdicts after ten seconds in which `a` has the change and `b` has not. */
async function verdicts(assertions: readonly string[], service: Readonly<Record<string, (at: number) => Answer>>) {
  const share = { type: "count", count: 1 } as const;
  const component: Component = {
    name: "api",
    root: "",
    source: { type: "dir" },
    hosts: {},
    path: "/",
    shared: [],
    env: {},
    activate: "true",
    activateWithin: 1,
    deactivate: undefined,
    drain: undefined,
    undrain: undefined,
    healthy: undefined,
    process: { type: "folder" },
    once: [],
    keep: 1,
    stages: [],
    maxUnavailable: share,
    maxFailed: share,
    rollback: { maxUnavailable: share },
    onFailure: "hold",
    onBlind: "hold",
    gate: "enforce",
    falseRollbacks: 0.001,
    warmup: 2000,
    metrics,
    assertions: [],
  };
  const changed = { since: new Map([["a", 0]]), warmup: component.warmup };
  let evidence = emptyEvidence;
  const trials = new Map(assertions.map((text) => [text, startTrial()]));
  const said = new Map<string, string>();
  for (let at = 1; at <= 10; at += 1) {
    const look = async ({ name }: Host): Promise<Answer> => service[name]?.(at) ?? { type: "lost", reason: "silent" };
    const samples = await readMetrics(component, {
      hosts: ["a", "b"].map(host),
      from: new Map(),
      every: 1000,
      look,
      now: () => at * 1000,
    });
    evidence = addSamples(evidence, samples, changed);
    for (const [text, trial] of trials) {
      const view = {
        evidence,
        changed,
        at: at * 1000,
        every: 1000,
        measures: measuresOf(metrics),
        baseline: ["b"],
        fleet: ["a", "b"],
        alpha: 0.001,
      };
      const judged = judge(trial, policy(text), view);
      trials.set(text, judged.trial);
      said.set(text, judged.judgement.verdict);
    }
  }
  return Object.fromEntries(said);
}

function policy(text: string): AssertionPolicy {
  const compiled = compileAssertion(
    text,
    metrics.map(({ name }) => name),
  );
  if (compiled.type === "complaint") throw new Error(compiled.message);
  const { condition } = compiled;
  return {
    text,
    condition,
    every: undefined,
    allow: { bad: 1, of: 5 },
    minEvents: 100,
    minReadings: 3,
    observeOnly: false,
    from: undefined,
    compare: undefined,
  };
}

const serves =
  (slow: number, bad: number) =>
  (at: number): Answer => ({ type: "body", status: 200, body: page(at, slow, bad) });
const sample = ["p99_latency < 50", "active_cons > 10", "error_rate <= 1.5 * baseline.error_rate + 0.001"];

test("a healthy release passes the sample's assertions", async () => {
  expect(await verdicts(sample, { a: serves(0, 1), b: serves(0, 1) })).toEqual(
    Object.fromEntries(sample.map((text) => [text, "pass"])),
  );
});

test("a slow one fails on latency, a broken one on errors, and each only on what it is", async () => {
  const slow = await verdicts(sample, { a: serves(3, 1), b: serves(0, 1) });
  expect(slow).toEqual({ [`${sample[0]}`]: "fail", [`${sample[1]}`]: "pass", [`${sample[2]}`]: "pass" });
  const broken = await verdicts(sample, { a: serves(0, 9), b: serves(0, 1) });
  expect(broken).toEqual({ [`${sample[0]}`]: "pass", [`${sample[1]}`]: "pass", [`${sample[2]}`]: "fail" });
});

test("a service that shows nothing passes nothing and fails nothing (cell 72)", async () => {
  const blind = [
    () => ({ type: "lost", reason: "silent" }) as const,
    () => ({ type: "body", status: 200, body: "" }) as const,
  ];
  for (const a of blind) {
    expect(await verdicts(sample, { a, b: serves(0, 1) })).toEqual(
      Object.fromEntries(sample.map((text) => [text, "undecided"])),
    );
  }
});

test.each(["NaN", "+Inf", "-Inf", "", "null", '"12"'])(
  "a service whose every number is %j passes nothing and fails nothing (cell 69)",
  async (odd) => {
    const a = (at: number): Answer => ({
      type: "body",
      status: 200,
      body: page(at, 0, 1).replaceAll(/ -?[\d.]+(e[-+]?\d+)?$/gm, ` ${odd}`),
    });
    expect(a(9)).not.toEqual(serves(0, 1)(9));
    expect(await verdicts(sample, { a, b: serves(0, 1) })).toEqual(
      Object.fromEntries(sample.map((text) => [text, "undecided"])),
    );
  },
);
