import parseDuration from "parse-duration";
import * as z from "zod";
import { quotedAt } from "./prometheus-query.ts";
import { exporterKey, type Spec, shapeKeys, shapeOf } from "./shape.ts";

const serverSettings = z.object({
  url: z.string(),
  /** A host's instance label; `{host}`, `{address}` and labels may stand in it. */
  instance: z.string(),
  headers: z.record(z.string(), z.string()),
  /** ms that an answer may take. */
  timeout: z.number(),
});

/** The server, as config hands it to every metric that comes from it. */
export type Server = z.infer<typeof serverSettings>;

const shapedSettings = z.object({ selectors: z.record(z.string(), z.string()), exporter: z.boolean() });

const querySettings = z.object({
  query: z.string(),
  /** ms that a host must have been warm for, since the query looks back that far. */
  window: z.number(),
  /** Does an assertion ask for each changed host alone? */
  each: z.boolean(),
});
export type GroupQuery = z.infer<typeof querySettings>;

/** What stands in a metric's settings. */
export const prometheusSettings = serverSettings.and(z.union([shapedSettings, querySettings]));

const { gauge, rate, ratio, quantile, of, unit, across } = shapeKeys;

const keys = {
  from: z.literal("prometheus").meta({
    description: "The Prometheus server at the top of the config; ship writes the queries for the shapes.",
    examples: ["prometheus"],
  }),
  ...{ gauge, rate, ratio, quantile, of, unit, across },
  ...exporterKey,
  query: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        "A query that gives one number, in place of a shape. {hosts} is the pattern of the instance labels of the hosts it is asked for, {window} the window.",
      examples: ['sum(queue_depth{instance=~"{hosts}"})'],
    }),
  window: z
    .string()
    .regex(/^(\d+(\.\d+)?(ms|s|m|h|d))+$/, { error: "this is not a duration" })
    .optional()
    .meta({
      kind: "a duration such as 90s, 2m, 1h30m or 500ms",
      description: "How far back `query` looks: a changed host is in it once it has been warm for that long.",
      examples: ["1m"],
    }),
};

const written = z.strictObject(keys);
type Written = z.output<typeof written>;

/** One entry under `metrics:` with `from: prometheus`. Config adds the server to its settings. */
export const prometheusSpec = written.transform((entry, context): Spec => {
  const spec = entry.query === undefined ? shapedSpec(entry) : querySpec(entry, entry.query);
  if ("provider" in spec) return spec;
  context.addIssue({ code: "custom", message: spec.message, path: [spec.key] });
  return z.NEVER;
});

type Mistake = { readonly message: string; readonly key: keyof Written };

function shapedSpec({ from, query: _, window, exporter, ...shape }: Written): Spec | Mistake {
  if (window !== undefined) return { message: "belongs to query", key: "window" };
  const shaped = shapeOf(shape);
  if ("message" in shaped) return shaped;
  const settings = { selectors: shaped.selectors, exporter };
  return { provider: from, shape: shaped.shape, across: shaped.across, settings, grouped: false };
}

function querySpec({ from, query: _, window, exporter, ...shape }: Written, query: string): Spec | Mistake {
  const others = Object.entries({ ...shape, exporter: exporter || undefined });
  const other = others.find(([, value]) => value !== undefined)?.[0];
  if (other !== undefined) return { message: `a query stands alone: take out ${other}`, key: "query" };
  const message = mistakeIn(query, window);
  if (message !== undefined) return { message, key: "query" };
  const settings: GroupQuery = { query, window: Math.round(parseDuration(window ?? "0s") ?? 0), each: false };
  return { provider: from, shape: { type: "gauge" }, across: "mean", settings, grouped: true };
}

function mistakeIn(query: string, window: string | undefined): string | undefined {
  if (query.includes("{host}")) return "the hosts that it is asked for are {hosts}";
  if (query.includes("{window}") && window === undefined) return "{window} stands in it, and no window is written";
  const bare = quotedAt(query, "{hosts}").includes(undefined);
  return bare ? 'expected {hosts} in quotes, as in instance=~"{hosts}"' : undefined;
}
