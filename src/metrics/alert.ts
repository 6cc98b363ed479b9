import * as z from "zod";
import type { AssertionPolicy, Component, MetricPolicy } from "../core/component.ts";
import type { Metric } from "../core/expression.ts";
import type { Host } from "../core/fleet.ts";
import { violated, type Written } from "./alert-expression.ts";
import { alertName } from "./alert-name.ts";
import { instancePattern } from "./prometheus-instance.ts";
import { filledQuery, selectorFor } from "./prometheus-query.ts";

/** An assertion as a Prometheus alert; `for` in ms. */
type Alert = {
  readonly name: string;
  readonly assertion: string;
  readonly expression: string;
  readonly for: number;
  readonly observeOnly: boolean;
};

export type Alerts = {
  readonly alerts: readonly Alert[];
  /** Assertions that no server can watch by itself, and why. */
  readonly leftOut: readonly { readonly assertion: string; readonly reason: string }[];
};

/** The hosts, and the template of their instance labels, where a server is configured. */
export type Watched = { readonly hosts: readonly Host[]; readonly instance: string | undefined };

/** Alert rules of the same assertions, over all hosts, as they stand between rollouts: what must hold then, must hold always. */
export function alertsOf(component: Component, watched: Watched): Alerts {
  const taken = new Set<string>();
  const alerts: Alert[] = [];
  const leftOut: Alerts["leftOut"][number][] = [];
  for (const policy of component.assertions) {
    const expression = expressionOf(policy, component, watched);
    if ("reason" in expression) {
      leftOut.push({ assertion: policy.text, reason: expression.reason });
      continue;
    }
    const name = alertName(component.name, policy.text, taken);
    taken.add(name);
    const { text: assertion, observeOnly } = policy;
    alerts.push({ name, assertion, expression: expression.text, for: sustained(policy), observeOnly });
  }
  return { alerts, leftOut };
}

/** How often an assertion is read where it does not say; the longest that a rollout takes. */
const usualEvery = 15_000;

/** So long is it let be against the assertion: as many readings as `allow` lets be bad. */
function sustained({ allow, every = usualEvery }: AssertionPolicy): number {
  return allow.bad * every;
}

function expressionOf(policy: AssertionPolicy, { metrics }: Component, watched: Watched): Written {
  if (policy.compare !== undefined) return { reason: besideUnchanged };
  return violated(policy.condition, (metric) => {
    const declared = metrics.find(({ name }) => name === metric.name);
    if (metric.scope === "baseline") return { reason: besideUnchanged };
    if (declared === undefined) return { reason: `${metric.name} is measured by ship itself` };
    return metricExpression(metric, declared, watched);
  });
}

const besideUnchanged = "it compares with hosts that are not changed yet, and between rollouts there are none";

const settingsForm = z.object({ selectors: z.record(z.string(), z.string()) });
const queryForm = z.object({ query: z.string(), window: z.number() });

function metricExpression({ name, scope }: Metric, policy: MetricPolicy, { hosts, instance }: Watched): Written {
  if (instance === undefined) return { reason: `${name} does not come from Prometheus, and none is configured` };
  const pattern = instancePattern(instance, hosts);
  for (const { provider, settings } of policy.sources) {
    const query = queryForm.safeParse(settings);
    if (query.success) return ofQuery(name, scope, filledQuery(query.data.query, pattern, query.data.window));
    const shaped = settingsForm.safeParse(settings);
    if (!shaped.success || !(provider === "prometheus" || provider === "exposition")) continue;
    const select = (role: string) => selectorFor(shaped.data.selectors[role] ?? "", pattern);
    return ofShape(policy, scope === "each", select);
  }
  const from = policy.sources.map(({ provider }) => provider).join(" and ");
  return { reason: `${name} comes from ${from}, which Prometheus does not see` };
}

/** Its labels are anybody's: without them it can stand beside others. */
function ofQuery(name: string, scope: Metric["scope"], query: string): Written {
  if (scope === "each") return { reason: `${name} is one query, and it asks for each host` };
  return { text: `max(${query})`, kind: "together" };
}

/** Counters over five minutes: long enough for any scrape interval, and alerts are not in a hurry. */
const range = "[5m]";

function ofShape({ shape, across }: MetricPolicy, each: boolean, select: (role: string) => string): Written {
  const kind = each ? "each" : "together";
  const by = each ? " by (instance)" : "";
  const rate = (role: string) => `rate(${select(role)}${range})`;
  const over = across === "mean" ? "avg" : across;
  switch (shape.type) {
    case "gauge":
      return { text: `${over}${by}(${select("value")})`, kind };
    case "rate": {
      const alone = `sum by (instance)(${rate("value")})`;
      return { text: each ? alone : `${over}(${alone})`, kind };
    }
    case "ratio": {
      const [bad, all] = ["bad", "all"].map((role) => `sum${by}(${rate(role)})`);
      return { text: `((${bad} or ${all} * 0) / ${all})`, kind };
    }
    case "quantile": {
      const buckets = `sum by (${each ? "instance, le" : "le"})(${rate("le")})`;
      const found = `histogram_quantile(${shape.quantile}, ${buckets})`;
      return { text: shape.scale === 1 ? found : `(${found} * ${shape.scale})`, kind };
    }
  }
}
