import type { Component, Part } from "../core/component.ts";
import { serverOf } from "../core/fleet.ts";
import { metricIn } from "../core/parts.ts";
import type { Sample } from "../core/sample.ts";
import { type Reading, readMetrics } from "./read.ts";

/**
 * Every metric of the component on every host. Where it is of several services, each is read as its own settings say, on its
 * own hosts, by the names that those have as servers; what was read stands under the names that the component has for it.
 */
export async function readServices(component: Component, reading: Reading): Promise<readonly Sample[]> {
  const { parts } = component;
  if (parts === undefined) return readMetrics(component, reading);
  return (await Promise.all(parts.map((part) => readPart(part, reading)))).flat();
}

async function readPart({ name, component, hosts }: Part, reading: Reading): Promise<readonly Sample[]> {
  const own = reading.hosts.filter((host) => hosts.has(host.name));
  if (own.length === 0) return [];
  const byServer = new Map(own.map((host) => [serverOf(host).name, host]));
  const from = [...byServer].flatMap(([server, host]) => {
    const at = reading.from.get(host.name);
    return at === undefined ? [] : [[server, at] as const];
  });
  const samples = await readMetrics(component, {
    ...reading,
    hosts: own.map(serverOf),
    from: new Map(from),
    look: (server, look) => reading.look(byServer.get(server.name) ?? server, look),
  });
  const declared = new Set(component.metrics.map((metric) => metric.name));
  return samples.map((sample) => ({
    ...sample,
    host: byServer.get(sample.host)?.name ?? sample.host,
    metric: declared.has(sample.metric) ? metricIn(name, sample.metric) : sample.metric,
  }));
}
