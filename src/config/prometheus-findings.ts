import { cohortsUntil, everyOf, judgedAfter } from "../core/component.ts";
import { metricsOf, type Scope } from "../core/expression.ts";
import { carrying, type Host } from "../core/fleet.ts";
import { duration } from "../core/words.ts";
import { instanceOf, placeholdersOf } from "../metrics/prometheus-instance.ts";
import { unfilled } from "./carriers.ts";
import type { Unplaced } from "./component.ts";
import type { Finding, Path } from "./document.ts";
import type { Known } from "./fleet.ts";
import { valueAt } from "./issue.ts";
import { placesIn } from "./prometheus.ts";

/** What a component's metrics from the server want of the rest of the config. */
export function prometheusFindings(config: unknown, component: Unplaced, known: Known): readonly Finding[] {
  const places = placesIn(config, component.name);
  if (places.length === 0) return [];
  if (valueAt(config, ["prometheus"]) === undefined) return places.map(serverless);
  const entries = places.map((place) => place.slice(0, -1));
  return [
    ...entries.flatMap((entry) => [...undivided(config, component, entry), ...tooShort(config, component, entry)]),
    ...instanceFindings(valueAt(config, instancePath), component, known),
  ];
}

function serverless(path: Path): Finding {
  return {
    path,
    message: "nothing says where Prometheus is",
    expected: 'prometheus: { url: "http://prometheus:9090" } at the top of the file',
  };
}

/** `baseline.x` would be compared with itself, and `each.x` would blame every host for what is nobody's. */
function undivided(config: unknown, { assertions }: Unplaced, entry: Path): readonly Finding[] {
  const query = valueAt(config, [...entry, "query"]);
  if (typeof query !== "string" || query.includes("{hosts}")) return [];
  const name = metricAt(entry);
  const used = assertions.flatMap(({ condition }) => metricsOf(condition)).filter((metric) => metric.name === name);
  const scope = used.find((metric) => metric.scope === "each" || metric.scope === "baseline")?.scope;
  if (scope === undefined) return [];
  const message = `${scope}.${name} is asserted, and this query gives the same number for all hosts`;
  return [{ path: [...entry, "query"], message, expected: 'the hosts in it, as in instance=~"{hosts}"' }];
}

/**
 * A host is in the number once it has been warm for the window. A stage that ends before its hosts are in it would pass
 * on what the hosts of the stages before it show.
 */
function tooShort(config: unknown, component: Unplaced, entry: Path): readonly Finding[] {
  const window = windowOf(component, metricAt(entry));
  if (window === 0 || valueAt(config, [...entry, "window"]) === undefined) return [];
  const { assertions, stages, warmup } = component;
  const changed: readonly Scope[] = ["changed", "each"];
  const gates = assertions.filter(
    ({ condition, observeOnly }) =>
      !observeOnly &&
      metricsOf(condition).some(({ scope, name }) => name === metricAt(entry) && changed.includes(scope)),
  );
  const short = stages.find(({ bake }, index) =>
    judgedAfter(gates, cohortsUntil(stages, index)).some(({ every }) => bake < warmup + window + everyOf(every, bake)),
  );
  if (short === undefined) return [];
  const message = `the bake of ${short.cohort} (${duration(short.bake)}) is over before its hosts are in this number: they are warm after ${duration(warmup)}, and it looks back ${duration(window)}`;
  return [{ path: [...entry, "window"], message, expected: "a shorter window, or a longer bake" }];
}

function windowOf({ metrics }: Unplaced, name: string): number {
  const sources = metrics.find((metric) => metric.name === name)?.sources ?? [];
  const windows = sources.map(({ settings }) => valueAt(settings, ["window"]));
  return Math.max(0, ...windows.filter((window) => typeof window === "number"));
}

function metricAt(entry: Path): string {
  return String(entry[entry.indexOf("metrics", 2) + 1]);
}

const instancePath = ["prometheus", "instance"];

function instanceFindings(template: unknown, component: Unplaced, known: Known): readonly Finding[] {
  if (typeof template !== "string" || !known.complete) return [];
  const hosts = carrying(known.fleet.cohorts.at(-1)?.hosts ?? [], component.hosts);
  const unknown = unfilled(placeholdersOf(template), ["host", "address"], hosts, instancePath);
  return unknown.length > 0 ? unknown : twins(template, hosts);
}

/** A series would be of both. */
function twins(template: string, hosts: readonly Host[]): readonly Finding[] {
  const owners = new Map(hosts.map((host) => [instanceOf(template, host), host.name]));
  const twin = hosts.find((host) => owners.get(instanceOf(template, host)) !== host.name);
  if (twin === undefined) return [];
  const other = owners.get(instanceOf(template, twin));
  const message = `${twin.name} and ${other} would have the same instance label`;
  return [{ path: instancePath, message, expected: "{host} or {address} in it" }];
}
