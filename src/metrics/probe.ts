import * as z from "zod";
import type { MetricPolicy, MetricShape } from "../core/component.ts";
import type { Host } from "../core/fleet.ts";
import type { Reading } from "../core/sample.ts";
import { failed, unanswered } from "./missing.ts";
import type { Asking, Found, MetricProvider } from "./provider.ts";
import { shownUrl, urlFor } from "./url-for.ts";

/** ms that a request may take, and bytes of its answer. */
const limits = { within: 5000, cap: 8 * 1024 * 1024 };

/** Upper edges of the histogram, ms; above them is only +Inf. */
const edges = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

/** Requests of one reading on one host. */
const most = 20;

const settingsSchema = z.object({ url: z.string(), every: z.number() });
type Settings = z.infer<typeof settingsSchema>;

/** The two metrics of a component's `probe:`, both from the same requests. `every` in ms. */
export function probeMetrics(settings: Settings): readonly MetricPolicy[] {
  const sources = [{ provider: "probe", settings }];
  return Object.entries(shapes).map(([name, shape]) => ({ name, shape, across: "mean", grouped: false, sources }));
}

const shapes: Readonly<Record<string, MetricShape>> = {
  "probe.error_rate": { type: "ratio" },
  "probe.p99": { type: "quantile", quantile: 0.99, scale: 1 },
};

export const probeNames: readonly string[] = Object.keys(shapes);

/**
 * ship's own requests to each host, through SSH, so that the way there is in their time. What it counted since its last
 * reading is `growth`: about `asking.every / every` requests, one after another, within half of `asking.every`.
 */
export const probe: MetricProvider = {
  key: (settings) => JSON.stringify(settingsSchema.parse(settings)),
  origin: (settings) => `probe ${shownUrl(settingsSchema.parse(settings).url)}`,
  read: async (wishes, asking) => {
    const [first] = wishes;
    if (first === undefined) return [];
    const settings = settingsSchema.parse(first.settings);
    const probed = await Promise.all(asking.hosts.map((host) => probeHost(settings, host, asking)));
    return wishes.map(({ shape }) => probed.map((one) => foundOf(one, shape, asking.every)));
  },
};

/** A request: was it answered as a healthy service answers, and after how many ms. */
type Request = { readonly well: boolean; readonly took: number };

type Probed = Pick<Found, "host" | "at"> & ({ readonly requests: readonly Request[] } | { readonly missing: Reading });

/**
 * What a host answers before its warm-up is over is not asked for. One that is not changed yet may be while it is asked:
 * its numbers are of the time before.
 */
async function probeHost({ url, every }: Settings, host: Host, asking: Asking): Promise<Probed> {
  const { name } = host;
  const begun = asking.now();
  const from = asking.from.get(name);
  if (from !== undefined && begun < from) return { host: name, at: begun, missing: failed("is warming up", "no-data") };
  const filled = urlFor(url, host);
  if ("unknown" in filled) return { host: name, missing: failed(`{${filled.unknown}} is not known for ${name}`) };
  const count = Math.min(most, Math.max(1, Math.round(asking.every / every)));
  const made = await requestsTo(filled.url, host, asking, count);
  return { host: name, at: from === undefined ? begun : undefined, ...made };
}

type Made = { readonly requests: readonly Request[] } | { readonly missing: Reading };

async function requestsTo(url: string, host: Host, { look, every }: Asking, count: number): Promise<Made> {
  const requests: Request[] = [];
  const begun = performance.now();
  let silent = false;
  for (let next = 0; next < count; next += 1) {
    const waited = performance.now() - begun;
    if (next > 0 && waited >= every / 2) break;
    await sleep(Math.max(0, (every / 2 / count) * next - waited));
    const start = performance.now();
    const answer = await look(host, { type: "get", url, ...limits });
    if (answer.type === "lost" || answer.type === "unreachable") return { missing: unanswered(answer) };
    silent ||= answer.type !== "body";
    const well = answer.type === "body" && answer.status >= 200 && answer.status < 400;
    requests.push({ well, took: performance.now() - start });
  }
  const away = silent ? await awayNow(host, look) : undefined;
  return away === undefined ? { requests } : { missing: away };
}

/** A rollout that has ended does not wait for it. */
function sleep(ms: number): Promise<void> {
  return new Promise((done) => void setTimeout(done, ms).unref());
}

/** A host that is not there looks like a service that does not answer; only the latter is the service's fault. */
async function awayNow(host: Host, look: Asking["look"]): Promise<Reading | undefined> {
  const answer = await look(host, { type: "processes", process: { type: "folder" } });
  return answer.type === "lost" || answer.type === "unreachable" ? unanswered(answer) : undefined;
}

function foundOf(probed: Probed, shape: MetricShape, over: number): Found {
  const { host, at } = probed;
  if ("missing" in probed) return { host, at, reading: probed.missing };
  const { requests } = probed;
  return {
    host,
    at,
    reading: { type: "growth", series: shape.type === "ratio" ? tally(requests) : histogram(requests), over },
  };
}

function tally(requests: readonly Request[]): Readonly<Record<string, number>> {
  return { bad: requests.filter(({ well }) => !well).length, all: requests.length };
}

/** Cumulative; a bad answer, however fast, is in none but +Inf. */
function histogram(requests: readonly Request[]): Readonly<Record<string, number>> {
  const within = (edge: number) => requests.filter(({ well, took }) => well && took <= edge).length;
  return Object.fromEntries([...edges.map((edge) => [`le=${edge}`, within(edge)]), ["le=+Inf", requests.length]]);
}
