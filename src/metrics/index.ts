import * as z from "zod";
import { exec, execSpec } from "./exec.ts";
import { exposition, expositionSpec } from "./exposition.ts";
import { http } from "./http.ts";
import { httpSpec } from "./http-schema.ts";
import { probe } from "./probe.ts";
import { prometheus } from "./prometheus.ts";
import { prometheusSpec } from "./prometheus-schema.ts";
import type { MetricProvider } from "./provider.ts";

/** One entry under `metrics:`; its provider is named by `from`. Transforms to core's MetricPolicy without the name. */
export const MetricSpec = z.discriminatedUnion("from", [expositionSpec, prometheusSpec, execSpec, httpSpec]).meta({
  description: "A named number: where it is read, and what it is made of.",
  examples: [{ from: "exposition", url: "http://127.0.0.1:8080/metrics", gauge: "connections_active" }],
});

type ProviderName = z.input<typeof MetricSpec>["from"];

/** The table of providers: the only place that knows them all. `probe` is a component's own key, not an entry's. */
export const providers: Readonly<Record<ProviderName | "probe", MetricProvider>> = {
  exposition,
  prometheus,
  exec,
  http,
  probe,
};
