import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileAssertion } from "../../src/config/assertion.ts";
import type { Component, MetricPolicy } from "../../src/core/component.ts";
import { measuresOf } from "../../src/core/sample.ts";
import { type Alerts, alertsOf, type Watched } from "../../src/metrics/alert.ts";
import { alertName } from "../../src/metrics/alert-name.ts";
import { MetricSpec } from "../../src/metrics/index.ts";
import { metricOf } from "../../src/metrics/shape.ts";
import { rulesText } from "../../src/report/rules.ts";
import { assertion, component } from "../simulation/component.ts";

const page = { from: "exposition", url: "http://127.0.0.1/metrics" };
const server = { url: "http://p:9090", instance: "{host}", headers: {}, timeout: 5000, each: false };

const written = {
  p99: { from: "prometheus", quantile: 0.99, of: "http_request_seconds", unit: "ms" },
  p50: { ...page, quantile: 0.5, of: "http_request_seconds" },
  errors: { from: "prometheus", ratio: { bad: 'http_requests_total{code=~"5.."}', all: "http_requests_total" } },
  cons: { ...page, gauge: "connections_active" },
  most: { ...page, gauge: "connections_active", across: "max" },
  jobs: { ...page, rate: "jobs_total" },
  all_jobs: { ...page, rate: "jobs_total", across: "sum" },
  depth: { from: "prometheus", query: 'sum(queue_depth{instance=~"{hosts}"})', window: "1m" },
  age: { from: "exec", run: "./age" },
};

const metrics: readonly MetricPolicy[] = Object.entries(written).map(([name, spec]) => {
  const policy = metricOf(name, [MetricSpec.parse(spec)]);
  const sources = policy.sources.map((one) =>
    one.provider === "prometheus" ? { ...one, settings: { ...Object(one.settings), ...server } } : one,
  );
  return { ...policy, sources };
});

function asserting(...texts: readonly string[]): Component {
  const assertions = texts.map((text) => {
    const compiled = compileAssertion(text, [...measuresOf(metrics).keys()]);
    if (compiled.type !== "ok") throw new Error(compiled.message);
    return { ...assertion("active_cons > 1"), text, condition: compiled.condition };
  });
  return component([], { metrics, assertions });
}

function host(name: string) {
  return { name, address: "", port: undefined, user: undefined, labels: {}, cohort: "all" };
}

const watched: Watched = { hosts: [host("a"), host("b")], instance: "{host}" };

function expressionOf(text: string): string | undefined {
  const { alerts, leftOut } = alertsOf(asserting(text), watched);
  return alerts[0]?.expression.replaceAll('instance=~"(?:a|b)(?::[0-9]+)?"', "H") ?? leftOut[0]?.reason;
}

const ratio = (by: string) => {
  const [bad, all] = [
    `sum${by}(rate(http_requests_total{code=~"5..",H}[5m]))`,
    `sum${by}(rate(http_requests_total{H}[5m]))`,
  ];
  return `((${bad} or ${all} * 0) / ${all})`;
};
const cons = "avg(connections_active{H})";

test.each([
  ["p99 < 50", "(histogram_quantile(0.99, sum by (le)(rate(http_request_seconds_bucket{H}[5m]))) * 1000) >= 50"],
  ["each.p50 <= 1", "histogram_quantile(0.5, sum by (instance, le)(rate(http_request_seconds_bucket{H}[5m]))) > 1"],
  ["errors < 0.01", `${ratio("")} >= 0.01`],
  ["each.errors < 0.01", `${ratio(" by (instance)")} >= 0.01`],
  ["fleet.cons > 10", `${cons} <= 10`],
  ["each.cons >= 10", "avg by (instance)(connections_active{H}) < 10"],
  ["most == 3", "max(connections_active{H}) != 3"],
  ["jobs != 3", "avg(sum by (instance)(rate(jobs_total{H}[5m]))) == 3"],
  ["each.jobs > 3", "sum by (instance)(rate(jobs_total{H}[5m])) <= 3"],
  ["all_jobs > 3", "sum(sum by (instance)(rate(jobs_total{H}[5m]))) <= 3"],
  ["depth < 5", "max(sum(queue_depth{H})) >= 5"],
  ["cons > 1 && jobs > 2", `(${cons} <= 1) or (avg(sum by (instance)(rate(jobs_total{H}[5m]))) <= 2)`],
  ["cons > 1 || each.cons > 2", `(${cons} <= 1) and on() (avg by (instance)(connections_active{H}) <= 2)`],
  ["!(cons > 1 || cons < 0)", `(${cons} > 1) or (${cons} < 0)`],
  ["each.cons > 2 * cons", `avg by (instance)(connections_active{H}) <= on() group_left() (2 * ${cons})`],
  ["cons < each.cons", `${cons} >= on() group_right() avg by (instance)(connections_active{H})`],
  ["abs(-cons) > abs(-(2 * 3)) - 1", `abs(-(${cons})) <= 5`],
  ["min(cons, 3, 2) > 1", `clamp_max(clamp_max(${cons}, 3), 2) <= 1`],
  ["max(2, 3, cons) > 1", `clamp_min(${cons}, 3) <= 1`],
  ["max(cons, most) > 1", `(${cons} >= max(connections_active{H}) or max(connections_active{H})) <= 1`],
])("%s fires at %s", (text, expression) => {
  expect(expressionOf(text)).toBe(expression);
});

test.each([
  ["cons < baseline.cons", "it compares with hosts that are not changed yet, and between rollouts there are none"],
  ["each.restarts == 0", "restarts is measured by ship itself"],
  ["age < 5", "age comes from exec, which Prometheus does not see"],
  ["each.depth < 5", "depth is one query, and it asks for each host"],
  ["cons > 1 && 1 < 2", "a part of it compares numbers alone"],
  ["cons > 1 / 0", "a part of it is not finite"],
  ["max(cons, each.cons) > 1", "a max of each host and of all together"],
  ["min(age, cons) > abs(age) * -age", "age comes from exec, which Prometheus does not see"],
  ["cons > max(cons, age) + age || age > 1", "age comes from exec, which Prometheus does not see"],
])("%s is left out, with the reason", (text, reason) => {
  expect(expressionOf(text)).toBe(reason);
});

test("without a server nothing can be watched, and the reason says so", () => {
  const { alerts, leftOut } = alertsOf(asserting("cons > 1"), { ...watched, instance: undefined });
  expect(alerts).toEqual([]);
  expect(leftOut).toEqual([
    { assertion: "cons > 1", reason: "cons does not come from Prometheus, and none is configured" },
  ]);
});

test("what a rank test compares is left out", () => {
  const one = asserting("cons > 1");
  const compare = { metric: "cons", direction: "up", tolerance: 0 } as const;
  const assertions = one.assertions.map((policy) => ({ ...policy, compare }));
  expect(alertsOf({ ...one, assertions }, watched).leftOut).toHaveLength(1);
});

test("an alert waits for as many readings as may be bad", () => {
  const sample = asserting("cons > 1");
  const [policy] = sample.assertions;
  if (policy === undefined) throw new Error("no assertion");
  const waits = (change: object) =>
    alertsOf({ ...sample, assertions: [{ ...policy, ...change }] }, watched).alerts[0]?.for;
  expect(waits({})).toBe(15_000);
  expect(waits({ allow: { bad: 2, of: 5 }, every: 5_000 })).toBe(10_000);
  expect(waits({ allow: { bad: 0, of: 1 } })).toBe(0);
});

test("names are made from the assertion, and no two are the same", () => {
  expect(alertName("api", "p99_latency < 50", new Set())).toBe("ApiP99LatencyBelow50Violated");
  expect(alertName("my-api.v2", "each.x >= 1.5 * fleet.x && !(y != -2)", new Set())).toBe(
    "MyApiV2EachXAtLeast1_5TimesFleetXAndNotYIsNotMinus2Violated",
  );
  expect(alertName("9", "x > 1", new Set())).toMatch(/^Ship9/);
  const { alerts } = alertsOf(asserting("cons > 1", "cons  > 1", "cons > 1 "), watched);
  expect(new Set(alerts.map(({ name }) => name)).size).toBe(3);
});

const tool = "/usr/bin/promtool";

/** Rules as a file, checked and, where there is a test, tested by Prometheus' own tool. */
function promtool(rules: Alerts, tests?: object): string {
  const folder = mkdtempSync(join(tmpdir(), "ship-rules-"));
  try {
    writeFileSync(join(folder, "rules.yml"), rulesText({ component: "api", ...rules }));
    if (tests === undefined) return execFileSync(tool, ["check", "rules", "rules.yml"], { cwd: folder }).toString();
    writeFileSync(join(folder, "test.yml"), JSON.stringify({ rule_files: ["rules.yml"], ...tests }));
    return execFileSync(tool, ["test", "rules", "test.yml"], { cwd: folder }).toString();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.runIf(existsSync(tool))("Prometheus' own tool", () => {
  test("takes every shape and scope, and names that would break out of a label", () => {
    const hostile = { hosts: [host('a"}) or vector(1) #'), host("b\\n")], instance: "{host}" };
    const all = asserting(
      ...["p99 < 50", "each.p50 <= 1", "errors < 0.01", "each.errors < 0.1", "each.jobs > 3", "depth < 5", "most == 3"],
      ...["max(cons, most, 7) > 1 && !(min(cons, jobs) < -1)", "each.cons > 2 * cons || abs(cons) < 1"],
    );
    expect(promtool(alertsOf(all, hostile))).toContain("SUCCESS: 9 rules found");
    expect(promtool({ alerts: [], leftOut: [{ assertion: "a\nb", reason: "c\nd: e" }] })).toContain("0 rules found");
  });

  test("fires for the bad host alone, and for what is bad on all together", () => {
    const rules = alertsOf(asserting("each.errors < 0.1", "errors < 0.5", "p99 < 50"), watched);
    const series = (text: string, values: string) => ({ series: text, values });
    const fired = (alertname: string, summary: string, more: object, value: string) => ({
      alertname,
      eval_time: "20m",
      exp_alerts: [
        {
          exp_labels: { component: "api", ...more },
          exp_annotations: { summary: `api: ${summary} does not hold`, value },
        },
      ],
    });
    const input_series = [
      series('http_requests_total{instance="a:1",code="200"}', "0+100x40"),
      series('http_requests_total{instance="b",code="200"}', "0+50x40"),
      series('http_requests_total{instance="b",code="500"}', "0+50x40"),
      series('http_requests_total{instance="c",code="500"}', "0+5000x40"),
      series('http_request_seconds_bucket{instance="a:1",le="0.05"}', "0+50x40"),
      series('http_request_seconds_bucket{instance="a:1",le="0.1"}', "0+100x40"),
      series('http_request_seconds_bucket{instance="a:1",le="+Inf"}', "0+100x40"),
    ];
    const alert_rule_test = [
      fired("ApiEachErrorsBelow0_1Violated", "each.errors < 0.1", { instance: "b" }, "0.5"),
      { alertname: "ApiErrorsBelow0_5Violated", eval_time: "20m", exp_alerts: [] },
      fired("ApiP99Below50Violated", "p99 < 50", {}, "99"),
    ];
    const tests = [{ interval: "1m", input_series, alert_rule_test }];
    expect(promtool(rules, { evaluation_interval: "1m", tests })).toContain("SUCCESS");
  });
});
