import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import * as z from "zod";
import { filesUnder, withoutWatchdogs } from "./host-files.ts";
import { openPlace, type Place, said } from "./ship.ts";

export type Setting = {
  /** Hosts of the second and last cohort, the first one's included; the first has one. */
  readonly hosts?: number;
  /** Bake of each of the two stages. */
  readonly bake?: string;
  /** Lines of the component, in place of those that stand here by default. */
  readonly lines?: Readonly<Record<string, string>>;
  /** Lines before `components:`. */
  readonly top?: string;
};

const page = `"http://127.0.0.1:8080/metrics"`;

/** What a component of a small fast fleet says, a line of YAML a key. */
const usual: Readonly<Record<string, string>> = {
  source: '{ type: dir, path: ".ship/sandbox/artifacts/{version}" }',
  path: "api",
  activate: "./bin/restart",
  activate_within: "5s",
  deactivate: "./bin/stop",
  healthy: '{ type: http, url: "http://127.0.0.1:8080/health", within: 10s, for: 200ms, proof: version }',
  max_unavailable: "2",
  warmup: "500ms",
  metrics: `{ p99_latency: { from: exposition, url: ${page}, quantile: 0.99, of: http_request_seconds, unit: ms } }`,
  assertions: '[{ assert: "p99_latency < 50", min_events: 20, min_readings: 2 }]',
};

/** A config and cohorts of two stages: `first` with one host, `all` with the rest. */
export function smallFleet({ hosts = 3, bake = "4s", lines = {}, top = "" }: Setting = {}): Record<string, string> {
  const stages = `[{ cohort: first, bake: ${bake} }, { cohort: all, bake: ${bake} }]`;
  const component = Object.entries({ ...usual, stages, ...lines }).map(([key, text]) => `    ${key}: ${text}\n`);
  return {
    "ship.config.yaml": `ssh: { transport: sandbox }\n${top}components:\n  api:\n${component.join("")}`,
    "cohorts/first.yaml": "hosts: [h1]\n",
    "cohorts/all.yaml": `includes: [first]\nhosts: ["h[2-${hosts}]"]\n`,
  };
}

/** A small fleet for the tests of one `describe`, up before the first and gone after the last. */
export function openFleet(setting: Setting = {}): () => Place {
  let place: Place | undefined;
  beforeAll(async () => {
    place = openPlace(smallFleet(setting));
    const up = await place.ship(["sandbox", "up"]);
    if (up.exit !== 0) throw new Error(said(up));
  });
  afterAll(() => place?.close());
  return () => {
    if (place === undefined) throw new Error("the fleet is not open");
    return place;
  };
}

const sandboxHost = z.object({
  name: z.string(),
  home: z.string(),
  app: z.object({ pid: z.number().optional(), starts: z.number() }),
});

export type FleetHost = z.infer<typeof sandboxHost>;

/** The hosts as the sandbox itself sees them, without ship. */
export async function hostsOf(place: Place): Promise<readonly FleetHost[]> {
  const { stdout } = await place.ship(["sandbox", "status", "--json"]);
  const lines = stdout.split("\n").filter((line) => line.startsWith('{"type":"sandbox.host"'));
  return lines.map((line) => sandboxHost.parse(JSON.parse(line)));
}

/** What answers on each host, asked at its own port: `h1 v408`; `h1 -` where nothing does. */
export async function answering(place: Place): Promise<readonly string[]> {
  const hosts = await hostsOf(place);
  return Promise.all(hosts.map(async ({ name, home }) => `${name} ${(await versionAt(home)) ?? "-"}`));
}

async function versionAt(home: string): Promise<string | undefined> {
  try {
    const port = readFileSync(join(home, ".net/8080"), "utf8");
    const answer = await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: "close" } });
    return z.object({ version: z.string() }).parse(await answer.json()).version;
  } catch {
    return undefined;
  }
}

/** How often each host's app was started, by the sandbox's own count. */
export async function startsOf(place: Place): Promise<ReadonlyMap<string, number>> {
  return new Map((await hostsOf(place)).map(({ name, app }) => [name, app.starts]));
}

/** Every file under each host's component folder, and the process that runs: `path mode time content`. */
export async function everyByte(place: Place): Promise<readonly string[]> {
  const hosts = await hostsOf(place);
  await withoutWatchdogs(hosts.map(({ home }) => home));
  return hosts.flatMap(({ name, home, app }) => [`${name} pid ${app.pid}`, ...filesUnder(join(home, "api"))]);
}

/** What status says of each host: `h1 v408 proven`. */
export async function recorded(place: Place): Promise<readonly string[]> {
  const { events } = await place.ship(["status", "--json"]);
  return events.flatMap((event) =>
    event.type === "host.observed" ? [`${event.host} ${event.version} ${event.phase}`] : [],
  );
}

/** `all(["h1", "h2"], "v408")` is `["h1 v408", "h2 v408"]`. */
export function all(names: readonly string[], words: string): readonly string[] {
  return names.map((name) => `${name} ${words}`);
}

/** `names(3)` is h1, h2, h3. */
export function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `h${index + 1}`);
}
