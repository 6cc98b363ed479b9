import * as z from "zod";
import type { MetricShape } from "../core/component.ts";
import { parsePath } from "./json-path.ts";
import type { Spec } from "./shape.ts";
import { hostUrl, placeholdersOf } from "./url-for.ts";

/** What the provider is given of an entry. */
export const httpSettings = z.object({
  url: z.string(),
  where: z.enum(["host", "here"]),
  headers: z.record(z.string(), z.string()),
  /** By the role that the number plays: `value`; or `bad` and `all`. */
  paths: z.record(z.string(), z.string()),
});
export type HttpSettings = z.infer<typeof httpSettings>;

function path(about: { readonly description: string; readonly examples: readonly string[] }) {
  return z
    .string()
    .superRefine((text, context) => {
      const parsed = parsePath(text);
      if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
    })
    .meta({ kind: 'a path such as queues.mail.depth, pools[0].size or ["odd.name"].x', ...about });
}

const keys = {
  from: z.literal("http").meta({
    description:
      "A JSON document, in which shapes are paths; on each host through SSH, or from here. {host}, {address} and labels may stand in its url.",
    examples: ["http"],
  }),
  url: hostUrl({
    description: "The document's address. {host}, {address} and labels may stand in it.",
    examples: ["http://127.0.0.1:8080/stats"],
  }),
  where: z
    .enum(["host", "here"])
    .default("host")
    .meta({ description: "Read on each host through its SSH connection, or from here.", examples: ["here"] }),
  headers: z
    .record(z.string(), z.string())
    .refine(areHeaders, { error: "these cannot be headers" })
    .optional()
    .meta({
      description: "Headers of a request from here, such as an Authorization.",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is how the environment is named in the config
      examples: [{ Authorization: "Bearer ${STATS_TOKEN}" }],
      secret: true,
    }),
  gauge: path({ description: "A level: where its number stands.", examples: ["queues.mail.depth"] }).optional(),
  rate: path({ description: "A counter's growth a second.", examples: ["jobs.done"] }).optional(),
  ratio: z
    .strictObject({
      bad: path({ description: "Counter of what went wrong.", examples: ["requests.failed"] }),
      all: path({ description: "Counter of all, the bad ones too.", examples: ["requests.all"] }),
    })
    .optional()
    .meta({
      description: "Bad events as a share of all, 0 to 1.",
      examples: [{ bad: "requests.failed", all: "requests.all" }],
    }),
  across: z
    .enum(["mean", "sum", "min", "max"])
    .optional()
    .meta({ description: "How the hosts' gauges or rates become one number; mean if left out.", examples: ["sum"] }),
};

const written = z.strictObject(keys);
type Written = z.output<typeof written>;

/** One entry under `metrics:` with `from: http`. */
export const httpSpec = written.transform((entry, context): Spec => {
  const shaped = shapedOf(entry);
  const mistake = mistakeIn(entry);
  if (shaped === undefined || mistake !== undefined) {
    const { key, message } = mistake ?? shapeless;
    context.addIssue({ code: "custom", message, path: [key] });
    return z.NEVER;
  }
  const { from, url, where, headers = {}, across = "mean" } = entry;
  const settings: HttpSettings = { url, where, headers, paths: shaped.paths };
  return { provider: from, shape: shaped.shape, across, settings, grouped: false };
});

type Shaped = { readonly shape: MetricShape; readonly paths: Readonly<Record<string, string>> };

function shapedOf({ gauge, rate, ratio }: Written): Shaped | undefined {
  if (gauge !== undefined) return { shape: { type: "gauge" }, paths: { value: gauge } };
  if (rate !== undefined) return { shape: { type: "rate" }, paths: { value: rate } };
  return ratio && { shape: { type: "ratio" }, paths: ratio };
}

type Mistake = { readonly key: keyof Written; readonly message: string };

const shapeless: Mistake = { key: "gauge", message: "expected one of gauge, rate or ratio" };

/** What each key alone does not say. */
function mistakeIn(entry: Written): Mistake | undefined {
  const [first, second] = (["gauge", "rate", "ratio"] as const).filter((key) => entry[key] !== undefined);
  if (second !== undefined) return { key: second, message: `a metric has one shape: ${first} or ${second}, not both` };
  if (entry.ratio !== undefined && entry.across !== undefined) return { key: "across", message: pooled };
  if (entry.where === "here") return mistakeHere(entry);
  return entry.headers && { key: "headers", message: "belong to where: here; a host is asked without any" };
}

const pooled = "a ratio is made from the hosts' pooled counts; across is for gauges and rates";

function mistakeHere({ url, ratio, across }: Written): Mistake | undefined {
  if (/^https?:\/\/[^/?#]*@/.test(url))
    return { key: "url", message: "user and password cannot stand here; write headers: { Authorization: … }" };
  if ((ratio === undefined && across !== "sum") || placeholdersOf(url).length > 0) return undefined;
  return { key: "url", message: "every host would give the same counts; {host} or {address} has to stand in it" };
}

function areHeaders(headers: Readonly<Record<string, string>>): boolean {
  try {
    return new Headers(headers) !== undefined;
  } catch {
    return false;
  }
}
