import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostsOf } from "./fleet.ts";
import { openPlace, type Place, said } from "./ship.ts";

const page = '"http://127.0.0.1:8080/metrics"';

/** The sandbox's app under a name of its own, on the hosts with that label. */
function service(name: string, assertion: string): string {
  return `  ${name}:
    source: { type: dir, path: ".ship/sandbox/artifacts/{version}" }
    hosts: { ${name}: "yes" }
    path: ${name}
    activate: ./bin/restart
    activate_within: 5s
    deactivate: ./bin/stop
    healthy: { type: http, url: "http://127.0.0.1:8080/health", within: 5s, for: 200ms, proof: version }
    warmup: 500ms
    metrics: { p99_latency: { from: exposition, url: ${page}, quantile: 0.99, of: http_request_seconds, unit: ms } }
    assertions: [{ assert: "${assertion}", min_events: 20, min_readings: 2 }]
    stages: [{ cohort: first, bake: 4s }, { cohort: all, bake: 4s }]
`;
}

/** Lies beside the worker on its hosts, and shares its process with it. */
const beside = `  beside:
    source: { type: dir, path: ".ship/sandbox/artifacts/{version}" }
    hosts: { worker: "yes" }
    path: beside
    activate: "true"
    healthy: { type: exec, run: "true", for: 200ms, proof: none }
    process: { pidfile: app.pid }
    warmup: 500ms
    stages: [{ cohort: first, bake: 4s }, { cohort: all, bake: 4s }]
`;

const files = {
  "ship.config.yaml": `ssh: { transport: sandbox }
flags:
  lxc: { components: [api, worker], variants: { "on": true, "off": false }, default: "off" }
  gzip: { components: [worker, beside], variants: { "on": true, "off": false }, default: "off" }
components:
${service("api", "p99_latency < 50")}${service("worker", "p99_latency < 55")}${beside}`,
  "cohorts/first.yaml": 'hosts: [{ host: a1, labels: { api: "yes" } }, { host: w1, labels: { worker: "yes" } }]\n',
  "cohorts/all.yaml":
    'includes: [first]\nhosts: [{ host: a2, labels: { api: "yes" } }, { host: w2, labels: { worker: "yes" } }]\n',
};

describe("a flag that several components read", { timeout: 240_000 }, () => {
  let place: Place;
  beforeAll(async () => {
    place = openPlace(files);
    await place.ship(["sandbox", "up", "-c", "api"]);
    for (const [name, version] of [
      ["api", "v414"],
      ["worker", "v413"],
    ] as const)
      await ends(["-c", name, "--version", version], 0);
  }, 240_000);
  afterAll(() => place?.close());

  async function ends(words: readonly string[], exit: number) {
    const ended = await place.ship(words);
    expect(ended.exit, said(ended)).toBe(exit);
    return ended;
  }

  /** What the flags file of each component says on each host that has one: `a1 api lxc`. */
  async function written(): Promise<readonly string[]> {
    const hosts = await hostsOf(place);
    const lines = hosts.flatMap(({ name, home }) =>
      ["api", "worker", "beside"].flatMap((component) => {
        const path = join(home, component, "shared/flags.json");
        if (!existsSync(path)) return [];
        const flags = Object.keys(JSON.parse(readFileSync(path, "utf8")).flags).sort();
        return [[name, component, ...flags].join(" ")];
      }),
    );
    return lines.sort();
  }

  async function versions(): Promise<readonly string[]> {
    const { events } = await ends(["status", "-c", "flag:gzip", "--json"], 0);
    return events.flatMap((event) => (event.type === "host.observed" ? [`${event.host} ${event.version}`] : [])).sort();
  }

  test("is taken from all of them when one breaches what it asserts itself", async () => {
    const failed = await ends(["flag", "on", "lxc", "--json"], 3);
    expect(failed.events.find((event) => event.type === "stage.started")).toMatchObject({ hosts: ["a1", "w1"] });
    expect(said(failed)).toMatch(/worker: p99_latency < 55 fails/);
    expect(await written()).toEqual(["a1 api", "w1 worker"]);
  });

  test("goes through the same cohorts of all of them when each has its evidence, and is seen by each", async () => {
    await ends(["-c", "worker", "--version", "v414"], 0);
    const on = await ends(["flag", "on", "lxc", "--retry-bad", "--reason", "v414 mends it", "--json"], 0);
    const passed = on.events.flatMap((event) =>
      event.type === "stage.passed" ? [event.judgements.map(({ assertion }) => assertion)] : [],
    );
    const gates = ["each.healthy", "each.restarts == 0", "api: p99_latency < 50", "worker: p99_latency < 55"];
    expect(passed).toEqual([gates, gates]);
    expect(await written()).toEqual(["a1 api lxc", "a2 api lxc", "w1 worker lxc", "w2 worker lxc"]);
    const again = await ends(["flag", "on", "lxc"], 0);
    expect(said(again)).toContain("proven already on all 4 hosts");
  });

  test("keeps the releases of each of them from going forward beside it, wherever it runs", async () => {
    await ends(["flag", "off", "lxc"], 0);
    const running = place.start(["flag", "on", "lxc", "--retry-bad", "--reason", "again", "--json"]);
    await running.until((event) => event.type === "bake.started");
    await ends(["pause", "-c", "flag:lxc"], 0);
    for (const name of ["api", "worker"]) {
      const refused = await ends(["-c", name, "--version", "v408"], 5);
      expect(said(refused)).toMatch(/Rollout \S+ of flag:lxc is running/);
    }
    await ends(["resume", "-c", "flag:lxc"], 0);
    expect((await running.ended).exit).toBe(0);
  });

  test("is written in the tree of each where two lie on one host, and goes back in both", async () => {
    for (const { name, home, app } of await hostsOf(place))
      if (name.startsWith("w")) {
        mkdirSync(join(home, "beside"));
        writeFileSync(join(home, "beside/app.pid"), `${app.pid}\n`);
      }
    await ends(["-c", "beside", "--version", "v414"], 0);
    const on = await ends(["flag", "on", "gzip", "--json"], 0);
    expect(on.events.find((event) => event.type === "stage.started")).toMatchObject({
      hosts: ["w1/worker", "w1/beside"],
    });
    const both = ["w1 beside gzip", "w1 worker gzip lxc", "w2 beside gzip", "w2 worker gzip lxc"];
    expect((await written()).filter((line) => line.startsWith("w"))).toEqual(both);
    const status = await ends(["status", "-c", "flag:gzip"], 0);
    expect(status.stdout).toMatch(/w1\/beside[\s\S]*w1\/worker/);
    await ends(["flag", "off", "gzip"], 0);
    expect(await versions()).toEqual(["w1/beside off", "w1/worker off", "w2/beside off", "w2/worker off"]);
    await ends(["rollback", "-c", "flag:gzip", "--only-hosts", "w2"], 0);
    expect(await versions()).toEqual(["w1/beside off", "w1/worker off", "w2/beside on", "w2/worker on"]);
    await ends(["rollback", "-c", "flag:gzip", "--only-hosts", "w1/beside"], 0);
    expect(await versions()).toEqual(["w1/beside on", "w1/worker off", "w2/beside on", "w2/worker on"]);
  });

  test("is judged by each: what a server knows of the past is asked for one of them", async () => {
    const past = await ends(["check", "-c", "flag:lxc", "--since", "1h"], 2);
    expect(said(past)).toMatch(/judged by the assertions of api and worker[\s\S]*-c api, -c worker/);
    const now = await ends(["check", "-c", "flag:lxc"], 0);
    expect(now.stdout).toMatch(/api: p99_latency < 50[\s\S]*worker: p99_latency < 55/);
  });
});
