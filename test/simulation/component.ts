import { compileAssertion } from "../../src/config/assertion.ts";
import type { AssertionPolicy, Component, StagePolicy } from "../../src/core/component.ts";
import type { Share } from "../../src/core/fleet.ts";
import { measuresOf } from "../../src/core/sample.ts";
import { MetricSpec } from "../../src/metrics/index.ts";
import { metricOf } from "../../src/metrics/shape.ts";

const url = "http://127.0.0.1:8080/metrics";

const written = {
  p99_latency: { from: "exposition", url, quantile: 0.99, of: "http_request_seconds", unit: "ms" },
  active_cons: { from: "exposition", url, gauge: "connections_active" },
  error_rate: {
    from: "exposition",
    url,
    ratio: { bad: 'http_requests_total{code=~"5.."}', all: "http_requests_total" },
  },
};

const metrics = Object.entries(written).map(([name, spec]) => metricOf(name, [MetricSpec.parse(spec)]));

export function assertion(text: string, change: Partial<AssertionPolicy> = {}): AssertionPolicy {
  const compiled = compileAssertion(text, [...measuresOf(metrics).keys()]);
  if (compiled.type !== "ok") throw new Error(`${text}: ${compiled.message}`);
  return {
    text,
    condition: compiled.condition,
    every: undefined,
    allow: { bad: 1, of: 5 },
    minEvents: 100,
    minReadings: 3,
    observeOnly: false,
    from: undefined,
    compare: undefined,
    ...change,
  };
}

const standing = [
  assertion("each.healthy", { allow: { bad: 2, of: 3 }, minEvents: 0, minReadings: 1 }),
  assertion("each.restarts == 0", { allow: { bad: 0, of: 1 }, minEvents: 0, minReadings: 1 }),
];

/** The sandbox's component, as far as a simulation needs it. */
export function component(stages: readonly StagePolicy[], change: Partial<Component> = {}): Component {
  const healthy: Component["healthy"] = {
    how: { type: "http", url: "http://127.0.0.1:8080/health", status: undefined },
    within: 10_000,
    for: 1_000,
    proof: "version",
  };
  return {
    name: "api",
    root: "",
    source: { type: "dir" },
    hosts: {},
    path: "api",
    shared: [],
    env: {},
    activate: "bin/restart",
    activateWithin: 60_000,
    deactivate: undefined,
    drain: undefined,
    undrain: undefined,
    healthy,
    process: { type: "folder" },
    once: [],
    keep: 5,
    stages,
    maxUnavailable: percent(25),
    maxFailed: { type: "count", count: 0 },
    rollback: { maxUnavailable: percent(25) },
    onFailure: "rollback",
    onBlind: "hold",
    gate: "enforce",
    falseRollbacks: 0.001,
    warmup: 1_000,
    metrics,
    assertions: [
      assertion("p99_latency < 50"),
      assertion("active_cons > 10"),
      assertion("error_rate < 0.01"),
      ...standing,
    ],
    ...change,
  };
}

export function percent(value: number): Share {
  return { type: "percent", percent: value };
}
