import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { names, smallFleet } from "./fleet.ts";
import { hasPrometheus, openPrometheus, type Prometheus } from "./prometheus-server.ts";
import { type Ended, is, openPlace, type Place, said } from "./ship.ts";

const few = "min_events: 20, min_readings: 2";
const asserting = (...lines: readonly string[]) => smallFleet({ lines: { assertions: `[${lines.join(", ")}]` } });
const tight = `{ assert: "p99_latency < 10", ${few} }`;

describe("a rollout that was recorded", { timeout: 400_000 }, () => {
  let place: Place;
  let ended: Ended;
  beforeAll(async () => {
    place = openPlace(smallFleet());
    ended = await place.ship(["--version", "v408", "--json"]);
    expect(ended.exit, said(ended)).toBe(0);
    await place.ship(["sandbox", "down"]);
    const config = (files: Record<string, string>) => files["ship.config.yaml"] ?? "";
    place.write("tight.yaml", config(asserting(tight, '"each.cpu < 100"')));
    place.write(
      "unknown.yaml",
      config(asserting('"each.rss < 1e12"', `{ assert: "p99_latency < 50", min_readings: 99 }`)),
    );
  });
  afterAll(() => place.close());

  test("passes again, with no host that answers", async () => {
    const again = await place.ship(["replay"]);
    expect(again.exit, said(again)).toBe(0);
    expect(again.stdout).toContain("Would have passed.");
    expect(again.stdout).toMatch(/^ {2}pass +pass +p99_latency < 50 /m);
  });

  test("would have failed under a tighter assertion, in the first stage, with its numbers", async () => {
    const again = await place.ship(["replay", "--with", "tight.yaml"]);
    expect(again.exit, said(again)).toBe(9);
    expect(again.stdout).toMatch(/Would have failed in stage first after \d.*: p99_latency < 10: \d.* against 10/);
    expect(again.stdout).toMatch(/^ {2}- +fail +p99_latency < 10 .*first at \d\d:\d\d:\d\d/m);
    expect(again.stdout).toMatch(/^ {2}pass +- +p99_latency < 50/m);
    const { events, stdout } = await place.ship(["replay", "--with", "tight.yaml", "--json"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(events.length);
    expect(events.find(is("rollout.replayed"))).toMatchObject({ verdict: "fail", component: "api", version: "v408" });
    expect(events.at(-1)).toMatchObject({ type: "command.ended", exit: 9 });
  });

  test("is undecided where it was not measured enough", async () => {
    const again = await place.ship(["replay", "--with", "unknown.yaml"]);
    expect(again.exit, said(again)).toBe(8);
    expect(again.stdout).toContain(
      "Would have been held at the end of stage first for want of a verdict: p99_latency < 50",
    );
  });

  test("is judged as the past of its hour", async () => {
    const past = await place.ship(["check", "--since", "1h"]);
    expect(past.exit, said(past)).toBe(0);
    expect(past.stdout).toContain("In 0 of 1 hour a rollout would have been rolled back.");
    expect(past.stdout).toMatch(/pass +p99_latency < 50 +0 h failed +1 h judged +0 h without data +tightest \d/);
    const tighter = await place.ship(["check", "--since", "1h", "--config", "tight.yaml", "--json"]);
    expect(tighter.exit, said(tighter)).toBe(9);
    expect(tighter.events.find(is("past.judged"))).toMatchObject({
      assertion: "p99_latency < 10",
      verdict: "fail",
      hours: { failed: 1, judged: 1, of: 1 },
    });
  });

  test("its samples are in the journal, and in no view", async () => {
    const log = await place.ship(["log", "--json"]);
    const id = log.events.find(is("rollout.started"))?.rollout ?? "";
    const { events } = await place.ship(["log", id, "--json"]);
    expect(events.filter(is("samples.read")).length).toBeGreaterThan(5);
    expect(ended.events.filter(is("metric.sampled")).length).toBeGreaterThan(5);
    expect(ended.events.filter(is("samples.read"))).toEqual([]);
  });

  test("what cannot be replayed is said", async () => {
    for (const [args, text] of [
      [["replay", "20000101-000000-0000"], "has no journal here"],
      [["replay", "--with", "absent.yaml"], "absent.yaml"],
      [["replay", "-c", "other"], "No rollout was recorded here."],
      [["check", "--since", "soon"], "is not a duration"],
      [["check", "--export", "grafana"], "--export takes prometheus"],
      [["check", "--export", "prometheus", "--json"], "--export prints YAML"],
    ] as const) {
      const ended = await place.ship(args);
      expect(ended.exit, said(ended)).toBe(2);
      expect(said(ended)).toContain(text);
    }
    const old = `${JSON.stringify({ type: "rollout.started", time: "2020-01-01T00:00:00Z", seq: 1, component: "api" })}\n`;
    place.write(".ship/rollouts/20200101-000000-0000.ndjson", old);
    const ended = await place.ship(["replay", "20200101-000000-0000"]);
    expect(ended.exit).toBe(2);
    expect(said(ended)).toContain("holds no samples");
  });
});

/** Three hours of two hosts, a request a second on each; in the middle of the second hour requests take long. */
function history(now: number): string {
  const lines: string[] = ["# TYPE http_request_seconds histogram"];
  for (const instance of names(2)) {
    const counts = { fast: 0, all: 0 };
    const points: { at: number; fast: number; all: number }[] = [];
    for (let at = now - 3 * 3600; at <= now; at += 15) {
      const age = now - at;
      counts.all += 15;
      counts.fast += age < 6300 && age > 5100 ? 5 : 15;
      points.push({ at, ...counts });
    }
    const buckets = [
      ["0.05", "fast"],
      ["0.1", "all"],
      ["+Inf", "all"],
    ] as const;
    for (const [le, key] of buckets)
      for (const point of points)
        lines.push(`http_request_seconds_bucket{instance="${instance}:9100",le="${le}"} ${point[key]} ${point.at}`);
  }
  return `${lines.join("\n")}\n# EOF\n`;
}

describe.runIf(hasPrometheus)("hours that Prometheus has watched", { timeout: 400_000 }, () => {
  let server: Prometheus;
  let place: Place;
  beforeAll(async () => {
    server = await openPrometheus([], { history: history(Math.floor(Date.now() / 1000)) });
    const metrics = "{ p99_latency: { from: prometheus, quantile: 0.99, of: http_request_seconds, unit: ms } }";
    place = openPlace(
      smallFleet({
        hosts: 2,
        top: `prometheus: { url: "${server.url}" }\n`,
        lines: { metrics, healthy: "{ type: tcp, port: 8080, proof: none }" },
      }),
    );
  });
  afterAll(async () => {
    await place?.close();
    await server?.close();
  });

  test("are judged one by one, with the time at which it was tightest", async () => {
    const past = await place.ship(["check", "--since", "3h", "--json"]);
    expect(past.exit, said(past)).toBe(9);
    const judged = past.events.filter(is("past.judged"));
    expect(judged[0]).toMatchObject({
      assertion: "p99_latency < 50",
      verdict: "fail",
      hours: { failed: 1, judged: 3, of: 3 },
      tightest: { limit: 50 },
    });
    expect(judged[1]).toMatchObject({ assertion: "each.healthy", causes: [{ detail: "healthy was not recorded" }] });
  });

  test("are undecided when it cannot be asked, and the reason is told", async () => {
    await server.stop();
    const past = await place.ship(["check", "--since", "3h"]);
    expect(past.exit, said(past)).toBe(8);
    expect(past.stderr).toContain("cannot be reached");
    await server.start();
  });
});
