import * as z from "zod";
import { MetricSpec } from "../metrics/index.ts";

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

const sources = z
  .array(MetricSpec)
  .min(1, { error: "a metric has one source at least" })
  .refine((specs) => new Set(specs.map(({ shape }) => JSON.stringify(shape))).size === 1, {
    error:
      "the sources of one metric must have the same shape: what one gives stands for what the other would have given",
  })
  .refine((specs) => new Set(specs.map(({ across }) => across)).size === 1, {
    error: "the sources of one metric must have the same `across`",
  })
  .refine((specs) => new Set(specs.map(({ grouped }) => grouped)).size === 1, {
    error: "a query gives one number for many hosts, and the other sources one for each: they cannot stand for another",
  });

const OneOrMore = z
  .union([MetricSpec, sources])
  .transform((spec) => (Array.isArray(spec) ? spec : [spec]))
  .meta({
    kind: "a source with its shape, or a list of them",
    description: "One source; or several, of which the next is asked when the one before is down.",
    examples: [{ from: "exposition", url: "http://127.0.0.1:8080/metrics", gauge: "connections_active" }],
  });

export const MetricsSpec = z.record(metricName, OneOrMore).meta({
  description: "Named numbers, each with the provider that reads it and a shape.",
  examples: [
    { active_cons: { from: "exposition", url: "http://127.0.0.1:8080/metrics", gauge: "connections_active" } },
  ],
});
