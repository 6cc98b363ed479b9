import * as z from "zod";
import type { MetricPolicy } from "../core/component.ts";
import { MetricSpec } from "../metrics/index.ts";
import { duration, text } from "./scalars.ts";

const query = (description: string, example: string) => text({ description, examples: [example] });

/** Parsed whole, so that a config need not change when the provider is built. */
const PrometheusMetric = z.strictObject({
  from: z.literal("prometheus").meta({ description: "A query to the Prometheus server.", examples: ["prometheus"] }),
  query: query("A query that gives one number.", 'sum(queue_depth{instance=~"{hosts}"})').optional(),
  gauge: query("A level.", "connections_active").optional(),
  rate: query("A counter whose growth a second is measured.", "jobs_total").optional(),
  ratio: z
    .strictObject({
      bad: query("The counter of the bad events.", 'http_requests_total{code=~"5.."}'),
      all: query("The counter of all events.", "http_requests_total"),
    })
    .optional()
    .meta({ description: "The bad of all events.", examples: [{ bad: "errors_total", all: "requests_total" }] }),
  quantile: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .meta({ description: "The quantile of a histogram.", examples: [0.99] }),
  of: query("The histogram.", "http_request_seconds").optional(),
  unit: z
    .string()
    .optional()
    .meta({ description: "The unit that the metric is shown in.", examples: ["ms"] }),
  window: duration({ description: "How far back the query looks.", examples: ["1m"] }).optional(),
  across: z
    .enum(["mean", "sum", "min", "max"])
    .default("mean")
    .meta({ description: "How the hosts' numbers become one.", examples: ["sum"] }),
});

const Unbuilt = PrometheusMetric.transform(({ from, across, ...settings }): Omit<MetricPolicy, "name"> => {
  return { provider: from, shape: { type: "gauge" }, across, settings };
});

const metricName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, { error: "this cannot be a metric's name" })
  .refine((name) => !taken.has(name), {
    error: "this name is taken: every component has that metric, or it is a word of assertions",
  })
  .meta({ kind: "a name of small letters, digits and _" });

const taken = new Set(
  "healthy restarts rss cpu probe each baseline fleet changed min max abs true false null in not and or".split(" "),
);

export const MetricsSpec = z.record(metricName, z.discriminatedUnion("from", [MetricSpec, Unbuilt])).meta({
  description: "Named numbers, each with the provider that reads it and a shape.",
  examples: [
    { active_cons: { from: "exposition", url: "http://127.0.0.1:8080/metrics", gauge: "connections_active" } },
  ],
});
