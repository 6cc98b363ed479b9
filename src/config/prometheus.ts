import type { MetricSource } from "../core/component.ts";
import { metricsOf } from "../core/expression.ts";
import { carrying, type Fleet, type Host } from "../core/fleet.ts";
import { instanceOf, unknownIn } from "../metrics/prometheus-instance.ts";
import type { Server } from "../metrics/prometheus-schema.ts";
import type { Unplaced } from "./component.ts";
import type { Finding, Path } from "./document.ts";
import type { Known } from "./fleet.ts";
import { valueAt } from "./issue.ts";
import { nearest } from "./nearest.ts";

const provider = "prometheus";

/** Has a component in use a metric that comes from the server? Only then its headers must be known. */
export function usesPrometheus(config: unknown, component: string | undefined): boolean {
  const components = Object.keys(Object(valueAt(config, ["components"]) ?? {}));
  return components
    .filter((name) => component === undefined || name === component)
    .some((name) => placesIn(config, name).length > 0);
}

/** Where `from: prometheus` is written in a component. */
function placesIn(config: unknown, component: string): readonly Path[] {
  const path: Path = ["components", component, "metrics"];
  const metrics = Object.entries(Object(valueAt(config, path) ?? {}));
  return metrics
    .flatMap(([name, written]): Path[] => {
      const at = [...path, name];
      return Array.isArray(written) ? [...written.keys()].map((index) => [...at, index, "from"]) : [[...at, "from"]];
    })
    .filter((place) => valueAt(config, place) === provider);
}

/**
 * The component with the server in the settings of every metric that comes from it. A metric without a server has its
 * complaint, and is not there for a recovery.
 */
export function withServer(component: Unplaced, server: Server | undefined): Unplaced {
  const metrics = component.metrics.map((metric) => {
    const each = component.assertions.some(({ condition }) =>
      metricsOf(condition).some(({ scope, name }) => scope === "each" && name === metric.name),
    );
    return { ...metric, sources: metric.sources.flatMap((source) => served(source, server, each)) };
  });
  return { ...component, metrics: metrics.filter(({ sources }) => sources.length > 0) };
}

function served(source: MetricSource, server: Server | undefined, each: boolean): readonly MetricSource[] {
  if (source.provider !== provider) return [source];
  return server === undefined ? [] : [{ provider, settings: { ...Object(source.settings), ...server, each } }];
}

/** What a component's metrics from the server want of the rest of the config. */
export function prometheusFindings(config: unknown, component: Unplaced, known: Known): readonly Finding[] {
  const places = placesIn(config, component.name);
  const [first] = places;
  if (first === undefined) return [];
  if (valueAt(config, [provider]) === undefined) return places.map(serverless);
  const hosts = known.complete ? carriersOf(component, known.fleet) : [];
  const instance = valueAt(config, [provider, "instance"]);
  return [
    ...places.flatMap((place) => groupless(config, component, place.slice(0, -1))),
    ...(typeof instance === "string" ? instanceFindings(instance, hosts) : []),
  ];
}

function carriersOf({ hosts }: Unplaced, fleet: Fleet): readonly Host[] {
  return carrying(fleet.cohorts.at(-1)?.hosts ?? [], hosts);
}

function serverless(path: Path): Finding {
  return {
    path,
    message: "nothing says where Prometheus is",
    expected: 'prometheus: { url: "http://prometheus:9090" } at the top of the file',
  };
}

/** `baseline.x` would be compared with itself, and `each.x` would blame every host for what is nobody's. */
function groupless(config: unknown, { assertions }: Unplaced, place: Path): readonly Finding[] {
  const query = valueAt(config, [...place, "query"]);
  if (typeof query !== "string" || query.includes("{hosts}")) return [];
  const name = place.find((_, index) => place[index - 1] === "metrics");
  const used = assertions.flatMap(({ condition }) => metricsOf(condition));
  const scope = used.find((one) => one.name === name && (one.scope === "each" || one.scope === "baseline"))?.scope;
  if (scope === undefined) return [];
  return [
    {
      path: [...place, "query"],
      message: `${scope}.${String(name)} is asserted, and this query gives the same number for all hosts`,
      expected: 'the hosts in it, as in instance=~"{hosts}"',
    },
  ];
}

function instanceFindings(template: string, hosts: readonly Host[]): readonly Finding[] {
  const path = [provider, "instance"];
  const bare = hosts.find((host) => unknownIn(template, host).length > 0);
  const [name = ""] = bare === undefined ? [] : unknownIn(template, bare);
  if (bare !== undefined) {
    const words = ["host", "address", ...hosts.flatMap(({ labels }) => Object.keys(labels))];
    const message = `"{${name}}" is not known for ${bare.name}`;
    return [{ path, message, expected: "{host}, {address} or a label of every host", nearest: nearest(name, words) }];
  }
  const owners = new Map(hosts.map((host) => [instanceOf(template, host), host]));
  const double = hosts.find((host) => owners.get(instanceOf(template, host)) !== host);
  const other = double && owners.get(instanceOf(template, double));
  if (double === undefined || other === undefined) return [];
  const message = `${double.name} and ${other.name} would have the same instance label`;
  return [{ path, message, expected: "{host} or {address} in it" }];
}
