import * as z from "zod";
import type { MetricPolicy, MetricShape, MetricSource } from "../core/component.ts";
import { parseSelector } from "./selector.ts";

/** What every provider's transform gives; config adds the name. */
export type Spec = Omit<MetricPolicy, "name" | "sources"> & MetricSource;

/** A metric's policy of its sources, the first one's shape. There is one at least. */
export function metricOf(name: string, specs: readonly Spec[]): MetricPolicy {
  const [first] = specs;
  if (first === undefined) throw new Error(`${name} has no source`);
  const { shape, across, grouped } = first;
  const sources = specs.map(({ provider, settings }) => ({ provider, settings }));
  return { name, shape, across, grouped, sources };
}

/** Selectors as written, by the role that their series play: `value`; or `bad` and `all`; or `le`, the buckets. */
export type Selectors = Readonly<Record<string, string>>;

const selector = z.string().superRefine((text, context) => {
  const parsed = parseSelector(text);
  if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
});

/** The keys that say what a metric is made of; exactly one of gauge, rate, ratio and quantile is written. */
export const shapeKeys = {
  gauge: selector
    .optional()
    .meta({ description: "A level: the present value of one series.", examples: ["connections_active"] }),
  rate: selector
    .optional()
    .meta({ description: "A counter's growth a second.", examples: ['jobs_total{queue="mail"}'] }),
  ratio: z
    .strictObject({
      bad: selector.meta({
        description: "Counter of what went wrong.",
        examples: ['http_requests_total{code=~"5.."}'],
      }),
      all: selector.meta({ description: "Counter of all, the bad ones too.", examples: ["http_requests_total"] }),
    })
    .optional()
    .meta({
      description: "Bad events as a share of all, 0 to 1.",
      examples: [{ bad: 'http_requests_total{code=~"5.."}', all: "http_requests_total" }],
    }),
  quantile: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .meta({ description: "A quantile of the histogram that `of` names.", examples: [0.99] }),
  of: selector
    .optional()
    .meta({ description: "The histogram of `quantile`, without _bucket.", examples: ["http_request_seconds"] }),
  unit: z
    .enum(["us", "ms", "s", "B", "KiB", "MiB"])
    .optional()
    .meta({ description: "The unit in which a quantile is shown and compared.", examples: ["ms"] }),
  across: z
    .enum(["mean", "sum", "min", "max"])
    .optional()
    .meta({ description: "How the hosts' gauges or rates become one number; mean if left out.", examples: ["sum"] }),
};

/** A source whose numbers come by way of another process than the service. */
export const exporterKey = {
  exporter: z
    .boolean()
    .default(false)
    .meta({
      description:
        "true where the numbers come from an exporter's own process, which a change does not restart: then they are not refused as those of the process that ran before.",
      examples: [true],
    }),
};

/** Histograms are in seconds or bytes unless their name says otherwise (Prometheus' rule of base units). */
const scales = { us: 1e6, ms: 1000, s: 1, B: 1, KiB: 1 / 1024, MiB: 1 / 1024 ** 2 };

const shapeSchema = z.strictObject(shapeKeys);
export type ShapeKeys = z.infer<typeof shapeSchema>;

export type Shaped = {
  readonly shape: MetricShape;
  readonly across: MetricPolicy["across"];
  readonly selectors: Selectors;
};

/** The shape that the keys give, or what is wrong with them, with the key it is about. */
export function shapeOf(keys: ShapeKeys): Shaped | { readonly message: string; readonly key: keyof ShapeKeys } {
  const written = (["gauge", "rate", "ratio", "quantile"] as const).filter((key) => keys[key] !== undefined);
  const [first, second] = written;
  if (first === undefined) return { message: "expected one of gauge, rate, ratio or quantile", key: "gauge" };
  if (second !== undefined) return { message: `a metric has one shape: ${first} or ${second}, not both`, key: second };
  if (first !== "quantile") {
    if (keys.of !== undefined) return { message: "belongs to quantile", key: "of" };
    if (keys.unit !== undefined) return { message: "belongs to quantile", key: "unit" };
  }
  if ((first === "ratio" || first === "quantile") && keys.across !== undefined) {
    return {
      message: `a ${first} is made from the hosts' pooled counts; across is for gauges and rates`,
      key: "across",
    };
  }
  return shaped(keys);
}

function shaped(keys: ShapeKeys): ReturnType<typeof shapeOf> {
  const across = keys.across ?? "mean";
  if (keys.gauge !== undefined) return { shape: { type: "gauge" }, across, selectors: { value: keys.gauge } };
  if (keys.rate !== undefined) return { shape: { type: "rate" }, across, selectors: { value: keys.rate } };
  if (keys.ratio !== undefined) return { shape: { type: "ratio" }, across, selectors: keys.ratio };
  const { quantile = 0.5, of, unit } = keys;
  if (of === undefined) return { message: "a quantile needs `of`, the histogram", key: "quantile" };
  return { shape: { type: "quantile", quantile, scale: scaleOf(of, unit) }, across, selectors: { le: buckets(of) } };
}

function scaleOf(histogram: string, unit: ShapeKeys["unit"]): number {
  if (unit === undefined) return 1;
  const milliseconds = /^[^{]*_(?:milliseconds|millis|ms)(?:_bucket)?\s*(?:\{|$)/.test(histogram.trim());
  return milliseconds ? scales[unit] / 1000 : scales[unit];
}

/** `http_request_seconds{path="/"}` → `http_request_seconds_bucket{path="/"}`. */
function buckets(histogram: string): string {
  return histogram.trim().replace(/^[a-zA-Z0-9_:]+/, (name) => (name.endsWith("_bucket") ? name : `${name}_bucket`));
}
