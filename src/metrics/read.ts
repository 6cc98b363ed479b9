import type { Component, MetricPolicy, MetricSource } from "../core/component.ts";
import type { Sample } from "../core/sample.ts";
import { grouped } from "../core/words.ts";
import { freeLook, freeReadings } from "./free.ts";
import { providers } from "./index.ts";
import type { Asking, MetricProvider } from "./provider.ts";

/** What the caller says; the rest is the component's. */
export type Reading = Omit<Asking, "component" | "root">;

/**
 * Every metric of the component, declared and free, once on every host. Where a metric's source is down, its next one is
 * asked. A metric that cannot be read is a sample too.
 */
export async function readMetrics(component: Component, reading: Reading): Promise<readonly Sample[]> {
  const asking: Asking = { ...reading, component: component.name, root: component.root };
  const free = asking.hosts.map(async (host) => {
    const answer = await asking.look(host, freeLook(component));
    const at = asking.now();
    return freeReadings(component, answer).map((one) => ({ ...one, host: host.name, at }));
  });
  const found = await Promise.all([...free, readDeclared(component.metrics, asking)]);
  return found.flat();
}

type Samples = readonly Sample[];

/** First every metric's first source; then, one after the other, the next sources of those that were down. */
async function readDeclared(metrics: readonly MetricPolicy[], asking: Asking): Promise<Samples> {
  const wanted = metrics.flatMap((policy) => policy.sources.slice(0, 1).map((source) => ({ policy, source })));
  const samples = (await Promise.all(groupsOf(wanted).map((group) => readGroup(group, asking)))).flat();
  const mended = metrics.map((policy) =>
    fallBack(
      policy,
      samples.filter(({ metric }) => metric === policy.name),
      asking,
    ),
  );
  return (await Promise.all(mended)).flat();
}

async function fallBack(policy: MetricPolicy, first: Samples, asking: Asking): Promise<Samples> {
  let samples = first;
  for (const source of policy.sources.slice(1)) {
    const down = new Set(samples.filter(isDown).map(({ host }) => host));
    if (down.size === 0) return samples;
    const hosts = policy.grouped ? asking.hosts : asking.hosts.filter(({ name }) => down.has(name));
    const next = await readGroup([{ policy, source }], { ...asking, hosts });
    samples = samples.map((sample) =>
      better(
        sample,
        next.find(({ host }) => host === sample.host),
      ),
    );
  }
  return samples;
}

/** Only what says that it could not be asked: a source that answers, and has nothing, has answered. */
function isDown({ reading }: Sample): boolean {
  return reading.type === "missing" && reading.cause === "provider-error";
}

/** When no source answers, what each of them said is kept. */
function better(sample: Sample, next: Sample | undefined): Sample {
  const { reading } = sample;
  if (next === undefined || !isDown(sample) || reading.type !== "missing") return sample;
  if (next.reading.type !== "missing" || !isDown(next)) return next;
  const detail = `${reading.detail}; ${next.origin}: ${next.reading.detail}`;
  return { ...sample, reading: { ...reading, detail } };
}

type Wanted = { readonly policy: MetricPolicy; readonly source: MetricSource };

const table: ReadonlyMap<string, MetricProvider> = new Map(Object.entries(providers));

/** One request for all metrics that come from the same place. */
function groupsOf(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  return [...grouped(wanted, ({ source }) => `${source.provider} ${providerOf(source).key(source.settings)}`).values()];
}

/** The config knows no other providers than the table. */
function providerOf({ provider }: MetricSource): MetricProvider {
  const found = table.get(provider);
  if (found === undefined) throw new Error(`there is no provider ${provider}`);
  return found;
}

async function readGroup(group: readonly Wanted[], asking: Asking): Promise<Samples> {
  const [first] = group;
  if (first === undefined) return [];
  const provider = providerOf(first.source);
  const wishes = group.map(({ policy, source }) => ({ shape: policy.shape, settings: source.settings }));
  const found = await provider.read(wishes, asking);
  const at = asking.now();
  const origin = provider.origin(first.source.settings);
  return group.flatMap(({ policy }, index) =>
    (found[index] ?? []).map((one) => ({ ...one, metric: policy.name, at: one.at ?? at, origin })),
  );
}
