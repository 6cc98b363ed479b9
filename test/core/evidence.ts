import type { AssertionPolicy, MetricPolicy } from "../../src/core/component.ts";
import type { Condition, Scope, Term } from "../../src/core/expression.ts";
import { measuresOf, type Reading, type Sample } from "../../src/core/sample.ts";
import type { View } from "../../src/core/track.ts";
import { addSamples, type Changed, type Evidence, emptyEvidence } from "../../src/core/window.ts";

/** Short hands for tests of judgement: times in ms from 0, one reading every second. */

export const second = 1000;

export function gauge(value: number): Reading {
  return { type: "gauge", value };
}

export function counters(series: Readonly<Record<string, number>>): Reading {
  return { type: "counters", series };
}

export function identity(name: string, count?: number): Reading {
  return { type: "identity", identity: name, count };
}

export const lost: Reading = { type: "missing", cause: "provider-error", detail: "connection refused" };

/** Readings of one metric on one host, a second apart, the first at `from` seconds. */
export function samples(metric: string, host: string, readings: readonly Reading[], from = 1): readonly Sample[] {
  return readings.map((reading, index) => ({ metric, host, at: (from + index) * second, reading, origin: "a page" }));
}

export function changed(hosts: readonly string[], since = 0, warmup = 0): Changed {
  return { since: new Map(hosts.map((host) => [host, since])), warmup };
}

export function evidence(given: readonly Sample[], of: Changed): Evidence {
  return addSamples(emptyEvidence, given, of);
}

const declared: readonly MetricPolicy[] = [
  metric("conns", { type: "gauge" }),
  { ...metric("depth", { type: "gauge" }), across: "sum" },
  metric("jobs", { type: "rate" }),
  metric("errors", { type: "ratio" }),
  metric("p90", { type: "quantile", quantile: 0.9, scale: 1000 }),
];

function metric(name: string, shape: MetricPolicy["shape"]): MetricPolicy {
  return { name, shape, across: "mean", grouped: false, sources: [] };
}

export function view(given: Evidence, of: Changed, at: number, more: Partial<View> = {}): View {
  const measures = measuresOf(declared);
  return {
    evidence: given,
    changed: of,
    at: at * second,
    every: second,
    measures,
    baseline: [],
    fleet: [],
    alpha: 0.001,
    ...more,
  };
}

export function term(name: string, scope: Scope = "changed"): Term {
  return { type: "metric", scope, name };
}

export function compare(left: Term, op: "<" | "<=" | ">" | ">=" | "==" | "!=", right: Term | number): Condition {
  return { type: "compare", op, left, right: typeof right === "number" ? { type: "number", value: right } : right };
}

export function policy(condition: Condition, more: Partial<AssertionPolicy> = {}): AssertionPolicy {
  const defaults = { every: undefined, allow: { bad: 1, of: 5 }, minEvents: 0, minReadings: 3, observeOnly: false };
  return { text: "the assertion", condition, ...defaults, from: undefined, compare: undefined, ...more };
}
