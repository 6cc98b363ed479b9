import type { Component, MetricPolicy } from "../core/component.ts";
import type { Host } from "../core/fleet.ts";
import { groups, type Reading, type Sample } from "../core/sample.ts";
import { grouped } from "../core/words.ts";
import { keyOf } from "./exposition-reading.ts";
import { failed } from "./missing.ts";
import { prometheus } from "./prometheus.ts";
import { hasMetric } from "./prometheus-answer.ts";
import { instancePattern, ownersOf } from "./prometheus-instance.ts";
import { filledQuery, selectorFor } from "./prometheus-query.ts";
import { askRange, type Line, type Span } from "./prometheus-range.ts";
import { prometheusSettings, type Server } from "./prometheus-schema.ts";
import { parseSelector } from "./selector.ts";
import type { Selectors } from "./shape.ts";

/** What the server could not be asked is named, and is no evidence. */
export type PastSamples = { readonly samples: readonly Sample[]; readonly failures: readonly string[] };

/** Hosts of one question: an answer for more would be longer than is taken. */
const most = 100;

/** What the component's metrics from Prometheus were at each step of a span, on each host, as a measurement reads them. */
export async function readPast(component: Component, hosts: readonly Host[], span: Span): Promise<PastSamples> {
  const read = await Promise.all(component.metrics.map((policy) => readMetric(policy, hosts, span)));
  return {
    samples: read.flatMap(({ samples }) => samples),
    failures: [...new Set(read.flatMap(({ failures }) => failures))],
  };
}

async function readMetric(policy: MetricPolicy, hosts: readonly Host[], span: Span): Promise<PastSamples> {
  const source = policy.sources.find(({ provider }) => provider === "prometheus");
  if (source === undefined) return { samples: [], failures: [] };
  const settings = prometheusSettings.parse(source.settings);
  const metric = { name: policy.name, origin: prometheus.origin(source.settings), server: settings, span };
  if ("query" in settings) {
    const pattern = instancePattern(settings.instance, hosts);
    return readQuery(metric, filledQuery(settings.query, pattern, settings.window));
  }
  const { selectors } = settings;
  const batches = Array.from({ length: Math.ceil(hosts.length / most) }, (_, at) =>
    hosts.slice(at * most, (at + 1) * most),
  );
  const gauge = policy.shape.type === "gauge";
  const read = await Promise.all(batches.map((batch) => readBatch({ ...metric, selectors, gauge }, batch)));
  return { samples: read.flatMap(({ samples }) => samples), failures: read.flatMap(({ failures }) => failures) };
}

type Asked = { readonly name: string; readonly origin: string; readonly server: Server; readonly span: Span };

/** One number for all hosts: they are what is judged, and all of the fleet. */
async function readQuery({ name, origin, server, span }: Asked, query: string): Promise<PastSamples> {
  const answer = await askRange(server, query, span);
  if (answer.type === "failed") return { samples: [], failures: [`${origin}: ${answer.detail}`] };
  const several = failed(
    `the query gives ${answer.lines.length} series, and one is needed: sum them`,
    "several-series",
  );
  const samples = answer.lines.slice(0, 1).flatMap(({ points }) =>
    points.flatMap(({ at, value }) => {
      const reading: Reading = answer.lines.length > 1 ? several : { type: "gauge", value };
      return [groups.changed, groups.fleet].map((host) => ({ metric: name, host, at, reading, origin }));
    }),
  );
  return { samples, failures: [] };
}

type Shaped = Asked & { readonly selectors: Selectors; readonly gauge: boolean };

async function readBatch(metric: Shaped, hosts: readonly Host[]): Promise<PastSamples> {
  const { server, selectors, span, origin } = metric;
  const pattern = instancePattern(server.instance, hosts);
  const asked = Object.entries(selectors).map(async ([role, selector]) => {
    return { role, answer: await askRange(server, selectorFor(selector, pattern), span) };
  });
  const played: Played[] = [];
  for (const { role, answer } of await Promise.all(asked)) {
    if (answer.type === "failed") return { samples: [], failures: [`${origin}: ${answer.detail}`] };
    played.push({ role, lines: answer.lines });
  }
  const absent = played.filter(({ lines }) => lines.length === 0).map(({ role }) => role);
  const zero = absent.length === 1 && absent[0] === "bad" && (await isKnown(server, selectors));
  if (absent.length > 0 && !zero) return { samples: [], failures: [] };
  return { samples: samplesOf(metric, hosts, played), failures: [] };
}

type Played = { readonly role: string; readonly lines: readonly Line[] };

/** That nothing ever went bad is a zero; that the server does not know the counter is a mistake in its name. */
async function isKnown(server: Server, { bad = "", all = "" }: Selectors): Promise<boolean> {
  const [one, other] = [bad, all].map((text) => {
    const selector = parseSelector(text);
    return typeof selector === "string" ? "" : selector.name;
  });
  return one === other || hasMetric(server, one ?? "");
}

type Point = { readonly key: string; readonly role: string; readonly value: number };

/** Series by host, then by time; a moment at which a host had none of a role's series is not one of its readings. */
function samplesOf(metric: Shaped, hosts: readonly Host[], played: readonly Played[]): readonly Sample[] {
  const owner = ownersOf(metric.server.instance, hosts);
  const series = played.flatMap(({ role, lines }) => lines.map((line) => ({ role, line })));
  const byHost = grouped(series, ({ line }) => owner(line.labels["instance"] ?? "") ?? "");
  const needed = Object.keys(metric.selectors).filter((role) => role !== "bad");
  return hosts.flatMap(({ name: host }) => {
    const moments = new Map<number, Point[]>();
    for (const { role, line } of byHost.get(host) ?? []) {
      const key = keyOf(role, { name: "", labels: line.labels, value: 0 });
      for (const { at, value } of line.points) {
        const known = moments.get(at);
        if (known === undefined) moments.set(at, [{ key, role, value }]);
        else known.push({ key, role, value });
      }
    }
    return [...moments].flatMap(([at, points]) => {
      const whole = needed.every((role) => points.some((point) => point.role === role));
      return whole
        ? [{ metric: metric.name, host, at, reading: readingOf(points, metric.gauge), origin: metric.origin }]
        : [];
    });
  });
}

function readingOf(points: readonly Point[], gauge: boolean): Reading {
  if (!gauge) return { type: "counters", series: Object.fromEntries(points.map(({ key, value }) => [key, value])) };
  const [first, second] = points;
  return first !== undefined && second === undefined
    ? { type: "gauge", value: first.value }
    : failed(`${points.length} series where one was asked for`, "several-series");
}
