import type { MetricSource } from "../core/component.ts";
import { metricsOf } from "../core/expression.ts";
import type { Server } from "../metrics/prometheus-schema.ts";
import type { Unplaced } from "./component.ts";
import type { Path } from "./document.ts";
import { valueAt } from "./issue.ts";

const provider = "prometheus";

/** Has a component in use a metric that comes from the server? Only then its headers must be known. */
export function usesPrometheus(config: unknown, about: readonly string[] | undefined): boolean {
  const components = Object.keys(Object(valueAt(config, ["components"]) ?? {}));
  return components.filter((name) => about?.includes(name) ?? true).some((name) => placesIn(config, name).length > 0);
}

/** Where `from: prometheus` is written in a component. */
export function placesIn(config: unknown, component: string): readonly Path[] {
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
