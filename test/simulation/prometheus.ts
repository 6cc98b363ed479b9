import { parseExposition } from "../../src/metrics/exposition-text.ts";
import { parseSelector, type Series, selects } from "../../src/metrics/selector.ts";
import { pageOf } from "./fleet.ts";
import type { Lab } from "./lab.ts";

/** What was scraped of a host last, and when; ms by the lab's clock. */
type Scrape = { readonly at: number; readonly series: readonly Series[] };

const names = new Set(["http_requests_total", "queue_depth", "process_start_time_seconds"]);

/**
 * A Prometheus that scrapes a lab's hosts as `NAME:9100`, each at its own moment of every `interval` ms, and answers what
 * ship asks, as `fetch` would. It knows no more of PromQL than that.
 */
export function simulatedPrometheus(lab: Lab, interval: number): typeof fetch {
  const scrapes = new Map<string, Scrape>();
  const scrape = (host: string) => {
    scrapes.set(host, { at: lab.clock.now(), series: scraped(lab, host) });
    lab.clock.later(interval, () => scrape(host));
  };
  for (const [index, host] of [...lab.simulation.fleet.keys()].entries())
    lab.clock.later((index * 1_000) % interval, () => scrape(host));
  return async (_, init) => {
    const query = new URLSearchParams(String(init?.body)).get("query") ?? "";
    const now = lab.clock.now() / 1000;
    const result = answer(query, [...scrapes.values()]).map(({ name, labels, value }) => {
      return { metric: { ...(name === "" ? {} : { __name__: name }), ...labels }, value: [now, String(value)] };
    });
    return Response.json({ status: "success", data: { resultType: "vector", result } });
  };
}

/** Beside its page, each host has three in its queue. */
function scraped(lab: Lab, host: string): readonly Series[] {
  const sim = lab.simulation.fleet.get(host);
  const own = sim === undefined ? undefined : pageOf(sim, lab.behaviours, lab.clock.now());
  if (own === undefined || sim?.up !== true) return [];
  const page = parseExposition(`${own}queue_depth 3\nprocess_start_time_seconds ${sim.startedAt / 1000}\n`, names);
  if (typeof page === "string") throw new Error(page);
  return page.series.map((one) => ({ ...one, labels: { ...one.labels, instance: `${host}:9100`, job: "api" } }));
}

function answer(query: string, scrapes: readonly Scrape[]): readonly Series[] {
  const sum = /^sum\((.*)\)$/s.exec(query)?.[1];
  if (sum !== undefined) return summed(selected(sum, scrapes).map(({ series }) => series));
  return query.split(" or ").flatMap((part) => {
    const [, vector = part, role] = /^label_replace\((.*),"ship_role","(.*)","",""\)$/s.exec(part) ?? [];
    const mark = role === undefined ? {} : { ship_role: role };
    return vectorOf(vector, scrapes).map((one) => ({ ...one, labels: { ...one.labels, ...mark } }));
  });
}

/** A selector's series, or the times of them by instance: all of an instance were scraped at once. */
function vectorOf(text: string, scrapes: readonly Scrape[]): readonly Series[] {
  const timed = /^max by \(instance\) \(timestamp\((.*)\)\)$/s.exec(text)?.[1];
  if (timed === undefined) return selected(text, scrapes).map(({ series }) => series);
  const times = selected(timed, scrapes).map(({ at, series }) => [series.labels["instance"] ?? "", at / 1000] as const);
  return [...new Map(times)].map(([instance, value]) => ({ name: "", labels: { instance }, value }));
}

function summed(series: readonly Series[]): readonly Series[] {
  if (series.length === 0) return [];
  return [{ name: "", labels: {}, value: series.reduce((sum, { value }) => sum + value, 0) }];
}

/** ship writes the instances into every selector, last. */
function selected(text: string, scrapes: readonly Scrape[]): readonly { at: number; series: Series }[] {
  const [, name = "", matchers = "", instances = ""] = /^(\w+)\{(?:(.*),)?instance=~"(.*)"\}$/s.exec(text) ?? [];
  const selector = parseSelector(`${name}{${matchers}}`);
  if (typeof selector === "string") throw new Error(`${text}: ${selector}`);
  const asked = new RegExp(`^(?:${instances})$`);
  const isAsked = (one: Series) => asked.test(one.labels["instance"] ?? "") && selects(selector, one);
  return scrapes.flatMap(({ at, series }) => series.filter(isAsked).map((one) => ({ at, series: one })));
}
