import * as z from "zod";
import { parseValue } from "./exposition-text.ts";
import { type Given, request } from "./prometheus-request.ts";
import type { Server } from "./prometheus-schema.ts";
import type { Series } from "./selector.ts";

/** What a query gave. `at` is when the server took it, ms since the epoch by the server's clock. */
export type Answered =
  | { readonly type: "vector"; readonly at: number; readonly series: readonly Series[] }
  | { readonly type: "scalar"; readonly value: number }
  /** What is so, and what to do about it; for people. */
  | { readonly type: "failed"; readonly detail: string };

/** Asks an instant query. Nothing is thrown. */
export async function ask(server: Server, query: string): Promise<Answered> {
  const form = { query, timeout: `${server.timeout}ms` };
  return answered(await request(server, "/api/v1/query", { method: "POST", form }));
}

/** Do the server's targets speak of a metric, although it may have no series yet? */
export async function hasMetric(server: Server, name: string): Promise<boolean> {
  const families = [name, name.replace(/_total$/, "")];
  const asked = families.map((metric) =>
    request(server, "/api/v1/metadata", { method: "GET", form: { metric, limit: "1" } }),
  );
  return (await Promise.all(asked)).some((given) => {
    const known = metadataForm.safeParse("failed" in given ? undefined : parsedJson(given.body));
    return known.success && Object.keys(known.data.data).length > 0;
  });
}

const metadataForm = z.object({ status: z.literal("success"), data: z.record(z.string(), z.unknown()) });

function answered(given: Given): Answered {
  if ("failed" in given) return failed(given.failed);
  const document = parsedJson(given.body);
  const error = errorForm.safeParse(document);
  if (error.success) return failed(`Prometheus refused the query: ${short(error.data.error)}`);
  if (given.status !== 200) return failed(`Prometheus answered with status ${given.status}${adviceFor(given.status)}`);
  const success = successForm.safeParse(document);
  if (!success.success)
    return failed("what answers is not Prometheus; prometheus.url may need a path, such as /prometheus");
  const { data } = success.data;
  if (data.resultType === "scalar") return scalar(data.result[1]);
  if (data.resultType !== "vector") return failed(`the query gives a ${data.resultType}, and one number is needed`);
  return vector(data.result);
}

/** A 200 of something that is no Prometheus, and a refusal of a proxy in between, are told apart by their form. */
const errorForm = z.object({ status: z.literal("error"), error: z.string() });

const point = z.tuple([z.number(), z.string()]);

const successForm = z.object({
  status: z.literal("success"),
  data: z.discriminatedUnion("resultType", [
    z.object({
      resultType: z.literal("vector"),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point.optional() })),
    }),
    z.object({ resultType: z.literal("scalar"), result: point }),
    z.object({ resultType: z.enum(["matrix", "string"]) }),
  ]),
});

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return "; see headers: under prometheus:";
  if (status === 404) return "; prometheus.url may need a path, such as /prometheus";
  return status >= 300 && status < 400 ? "; write the address that it leads to in prometheus.url" : "";
}

function scalar(text: string): Answered {
  const value = parseValue(text);
  return value === undefined ? failed(`${short(text)} is no number`) : { type: "scalar", value };
}

type Point = {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string] | undefined;
};

function vector(points: readonly Point[]): Answered {
  const series: Series[] = [];
  for (const { metric, value } of points) {
    if (value === undefined) return failed("the query gives native histograms, which ship does not read");
    const number = parseValue(value[1]);
    if (number === undefined) return failed(`${short(value[1])} is no number`);
    const { __name__: name = "", ...labels } = metric;
    series.push({ name, labels, value: number });
  }
  return { type: "vector", at: (points[0]?.value?.[0] ?? 0) * 1000, series };
}

function failed(detail: string): Answered {
  return { type: "failed", detail };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
