import type { Component, MetricPolicy } from "../core/component.ts";
import type { Host } from "../core/fleet.ts";
import type { Answer, Look } from "../core/host.ts";
import type { Sample } from "../core/sample.ts";
import { freeLook, freeReadings } from "./free.ts";
import { providers } from "./index.ts";
import type { MetricProvider, Reach } from "./provider.ts";

/** Reaches a host of the component; what goes wrong is an answer. */
export type Reacher = (host: Host, look: Look) => Promise<Answer>;

/**
 * Every metric of the component on every host, declared and free, once. A metric that cannot be read is a sample too.
 * `now` gives ms since the epoch; a sample's time is when its answer came.
 */
export async function readMetrics(
  component: Component,
  hosts: readonly Host[],
  look: Reacher,
  now: () => number,
): Promise<readonly Sample[]> {
  const samples = await Promise.all(
    hosts.map((host) => {
      const reach = { host, component: component.name, root: component.root, look: (asked: Look) => look(host, asked) };
      return Promise.all([readFree(component, reach, now), ...readDeclared(component.metrics, reach, now)]);
    }),
  );
  return samples.flat(2);
}

type Samples = Promise<readonly Sample[]>;

async function readFree(component: Component, reach: Reach, now: () => number): Samples {
  const answer = await reach.look(freeLook(component));
  const at = now();
  return freeReadings(component, answer).map((reading) => ({ ...reading, host: reach.host.name, at }));
}

/** One request for all metrics that come from the same place. */
function readDeclared(metrics: readonly MetricPolicy[], reach: Reach, now: () => number): readonly Samples[] {
  const table: ReadonlyMap<string, MetricProvider> = new Map(Object.entries(providers));
  const groups = new Map<string, { readonly provider: MetricProvider; readonly policies: MetricPolicy[] }>();
  for (const policy of metrics) {
    const provider = table.get(policy.provider);
    if (provider === undefined) continue;
    const key = `${policy.provider} ${provider.key(policy)}`;
    const group = groups.get(key) ?? { provider, policies: [] };
    group.policies.push(policy);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => readGroup(group, reach, now));
}

async function readGroup(
  { provider, policies }: { readonly provider: MetricProvider; readonly policies: readonly MetricPolicy[] },
  reach: Reach,
  now: () => number,
): Samples {
  const readings = await provider.read(policies, reach);
  const at = now();
  return policies.flatMap((policy, index) => {
    const reading = readings[index];
    return reading === undefined ? [] : [{ metric: policy.name, host: reach.host.name, at, reading }];
  });
}
