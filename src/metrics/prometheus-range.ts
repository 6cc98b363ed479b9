import * as z from "zod";
import { parseValue } from "./exposition-text.ts";
import { request } from "./prometheus-request.ts";
import type { Server } from "./prometheus-schema.ts";

/** ms since the epoch, by the server's clock; `step` is the time between two points, in whole seconds as ms. */
export type Span = { readonly from: number; readonly to: number; readonly step: number };

/** One series with its points in time: NaN where it has none that is a number. */
export type Line = {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly { readonly at: number; readonly value: number }[];
};

export type Ranged =
  | { readonly type: "lines"; readonly lines: readonly Line[] }
  | { readonly type: "failed"; readonly detail: string };

const answerForm = z.union([
  z.object({
    status: z.literal("success"),
    data: z.object({
      resultType: z.literal("matrix"),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          values: z.array(z.tuple([z.number(), z.string()])).default([]),
        }),
      ),
    }),
  }),
  z.object({ status: z.literal("error"), error: z.string() }),
]);

/** Asks a range query (https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries). Nothing is thrown. */
export async function askRange(server: Server, query: string, { from, to, step }: Span): Promise<Ranged> {
  const times = { start: String(from / 1000), end: String(to / 1000), step: String(step / 1000) };
  const form = { query, ...times, timeout: `${server.timeout}ms` };
  const given = await request(server, "/api/v1/query_range", { method: "POST", form });
  if ("failed" in given) return { type: "failed", detail: given.failed };
  const answer = answerForm.safeParse(parsedJson(given.body));
  if (!answer.success) return { type: "failed", detail: `it answered a range query with status ${given.status}` };
  if (answer.data.status === "error") return { type: "failed", detail: `it refused the query: ${answer.data.error}` };
  const lines = answer.data.data.result.map(({ metric, values }) => {
    const { __name__: _, ...labels } = metric;
    const points = values.map(([at, text]) => ({ at: Math.round(at * 1000), value: parseValue(text) ?? Number.NaN }));
    return { labels, points };
  });
  return { type: "lines", lines };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
