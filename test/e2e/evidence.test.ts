import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Judgement } from "../../src/core/judge.ts";
import { type Component, type EvidenceFleet, openEvidenceFleet } from "./evidence-fleet.ts";
import { type Exporters, openExporters } from "./evidence-page.ts";
import { componentOf, nowhere, type Row, standing, usual } from "./evidence-rows.ts";
import { hasOpenSsh } from "./openssh-server.ts";
import { hasPrometheus, openPrometheus, type Prometheus } from "./prometheus-server.ts";
import { type Ended, is, openPlace, type Place, type Running, said } from "./ship.ts";

const five = { from: "exec", run: "printf 'n 5\\n'", gauge: "n" };
const shape = (gauge: string) => ({ from: "prometheus", gauge });
const late = { stages: ["first", "all"].map((cohort) => ({ cohort, bake: "5s" })) };

/** What has a number at first, or would have one later. */
const moving = (live: string, old: string): Readonly<Record<string, Component>> => ({
  "goes-out": {
    metrics: { page: { from: "exposition", url: live, gauge: "depth" } },
    assertions: ["page < 10"],
    lines: late,
  },
  outdated: {
    metrics: {
      stuck: shape("stuck_depth"),
      stopped: shape("stopped_depth"),
      left: shape("old_depth"),
      page: { from: "exposition", url: old, gauge: "old_depth" },
    },
    assertions: ["stuck < 10", "stopped < 10", "left < 10", "page < 10"],
    lines: late,
  },
  "too-slow": {
    metrics: { slow: { from: "exec", run: "sleep 4; echo 5" } },
    assertions: [{ assert: "slow < 10", min_readings: 3 }],
  },
  "too-late": { metrics: { n: five }, assertions: [{ assert: "n < 10", every: "4s", min_readings: 1 }] },
  "host-lost": { metrics: { n: five }, assertions: ["n < 10"], lines: { ...late, hosts: { row: "lost" } } },
  "second-source": {
    metrics: { n: [{ from: "exposition", url: nowhere, gauge: "n" }, five] },
    assertions: ["n < 10"],
  },
  "taken-back": {
    metrics: { n: { from: "exec", run: "echo NaN" } },
    assertions: ["n < 10"],
    lines: { on_blind: "rollback" },
  },
});

/** On real servers and with a real Prometheus, whatever way evidence is missing: ship never goes on without it. */
describe.runIf(hasOpenSsh() && hasPrometheus)("without evidence", { timeout: 400_000 }, () => {
  let fleet: EvidenceFleet;
  let exporters: Exporters;
  let prometheus: Prometheus;

  beforeAll(async () => {
    fleet = await openEvidenceFleet();
    exporters = await openExporters();
    prometheus = await openPrometheus(exporters.targets);
    const addresses = { running: prometheus.url, down: nowhere, silent: exporters.silent };
    for (const [server, url] of Object.entries(addresses)) {
      const rows = Object.entries(standing).filter(([, row]) => (row.server ?? "running") === server);
      const components = Object.fromEntries(rows.map(([name, row]) => [name, componentOf(row)]));
      const all = server === "running" ? { ...components, ...moving(exporters.live, exporters.old) } : components;
      fleet.configure(`${server}.yaml`, {
        prometheus: { url, instance: "{host}", timeout: server === "silent" ? "1s" : "5s" },
        components: all,
      });
    }
    await prometheus.until('{__name__=~".+_depth"}', 3);
  });
  afterAll(async () => {
    await fleet?.close();
    await prometheus?.close();
    await exporters?.close();
  });

  const asked = (component: string, server = "running") => ["--config", `${server}.yaml`, "-c", component, "--json"];
  const deploy = (component: string, more: readonly string[] = [], server?: string) =>
    fleet.place.start([...asked(component, server), "--version", "v1", ...more]);

  const titled = Object.entries(standing).map(([name, row]) => [`${name} (cell ${row.cell})`, name, row] as const);

  test.concurrent.each(titled)("%s", async (_title, name, row) => {
    const ended = await deploy(name, [], row.server).ended;
    held(ended, row.of, row.cause);
    for (const [metric, { assert = usual(metric) }] of Object.entries(row.of))
      expect(verdicts(ended, assert)).not.toContain("pass");
    stays(ended, name);
  });

  test.concurrent("an exporter that stops in the middle of the bake (cell 67)", async () => {
    const rollout = deploy("goes-out");
    await baking(rollout, "page");
    await exporters.stopLive();
    const ended = await rollout.ended;
    held(ended, { page: { detail: /^nothing answers at/ } }, "provider-error");
    stays(ended, "goes-out");
  });

  test.concurrent("numbers of before: the old process', and such as were scraped last too long ago (cell 70)", async () => {
    const rollout = deploy("outdated");
    await baking(rollout, "stopped");
    exporters.freeze();
    const ended = await rollout.ended;
    const before = { detail: /^was counted by a process that ran before/ };
    held(
      ended,
      {
        stuck: { detail: /^last read \d+s ago, before its warm-up was over/ },
        stopped: { detail: /^last read \d+s ago/ },
        left: before,
        page: before,
      },
      "stale",
    );
    for (const metric of ["stuck", "left", "page"]) expect(verdicts(ended, usual(metric))).not.toContain("pass");
    stays(ended, "outdated");
  });

  test.concurrent("a stage whose time is over before enough was measured is watched until it was", async () => {
    const ended = await deploy("too-slow", ["--fix-forward", "--reason", "to measure nothing before"]).ended;
    expect(ended.exit, said(ended)).toBe(0);
    expect(verdicts(ended, "slow < 10")).toContain("undecided");
    const passed = ended.events.flatMap((event) => (event.type === "stage.passed" ? event.judgements : []));
    const slow = passed.filter(({ assertion }) => assertion === "slow < 10");
    expect(slow.length).toBe(2);
    for (const { verdict, readings } of slow) {
      expect(verdict).toBe("pass");
      expect(readings).toBeGreaterThanOrEqual(3);
    }
  });

  test.concurrent("a stage that would be over before the first measurement is not begun", async () => {
    const ended = await deploy("too-late").ended;
    expect(ended.exit, said(ended)).toBe(2);
    expect(said(ended)).toMatch(/its bake of 3 s is over before n < 10 can have/);
    expect(fleet.running("too-late")).toEqual(["h01 -", "h02 -", "h03 -"]);
  });

  test.concurrent("a host that is lost in the middle of the bake", async () => {
    const rollout = deploy("host-lost");
    await baking(rollout, "n");
    await fleet.rig.stopHost(fleet.host("h04"));
    const ended = await rollout.ended;
    const open = heldIn(ended).map(({ assertion, hosts, causes }) => [
      assertion,
      hosts,
      causes.map(({ cause }) => cause),
    ]);
    const all = ["n < 10", "each.healthy", "each.restarts == 0"];
    expect(open).toEqual(all.map((assertion) => [assertion, ["h04"], ["provider-error"]]));
    const hosts = ended.events.flatMap((event) => (event.type === "rollout.ended" ? event.hosts : []));
    expect(hosts.map(({ host, state }) => [host, state])).toEqual([
      ["h04", "unknown"],
      ["h05", "untouched"],
    ]);
    expect(started(ended)).toEqual(["first"]);
    expect(fleet.running("host-lost", "lost")).toEqual(["h04 v1", "h05 -"]);
  });

  test.concurrent("a metric whose first source is down is judged by its second, which the verdict names", async () => {
    const ended = await deploy("second-source").ended;
    expect(ended.exit, said(ended)).toBe(0);
    const passed = ended.events.flatMap((event) => (event.type === "stage.passed" ? [event] : []));
    expect(passed.map(({ stage }) => stage)).toEqual(["first", "all"]);
    for (const { judgements } of passed)
      expect(judgements[0]).toMatchObject({ assertion: "n < 10", verdict: "pass", origins: [`exec ${five.run}`] });
    expect(fleet.running("second-source")).toEqual(["h01 v1", "h02 v1", "h03 v1"]);
  });

  test.concurrent("on_blind: rollback puts back what has no evidence, and does not call it bad", async () => {
    const start = await deploy("taken-back", ["--now", "--reason", "where it begins"]).ended;
    expect(start.exit, said(start)).toBe(0);
    const ended = await fleet.place.ship([...asked("taken-back"), "--version", "v2"]);
    expect(ended.exit, said(ended)).toBe(3);
    expect(started(ended)).toEqual(["first"]);
    expect(ended.events.find(is("stage.failed"))).toMatchObject({ stage: "first", reason: "no-evidence" });
    expect(fleet.running("taken-back")).toEqual(["h01 v1", "h02 v1", "h03 v1"]);
    const again = await fleet.place.ship([...asked("taken-back"), "--version", "v2", "--dry-run"]);
    expect(again.exit, said(again)).toBe(0);
  });

  /** What runs is what the first stage changed, and that has not been put back. */
  function stays(ended: Ended, component: string): void {
    expect(started(ended)).toEqual(["first"]);
    expect(ended.events.some(is("host.reverted"))).toBe(false);
    expect(fleet.running(component)).toEqual(["h01 v1", "h02 -", "h03 -"]);
  }
});

describe("a mistake in what is asserted", () => {
  let place: Place;
  let connections = 0;
  const host = createServer(() => {
    connections += 1;
  });
  beforeAll(async () => {
    await new Promise<void>((done) => host.listen(0, "127.0.0.1", done));
    const address = host.address();
    const port = typeof address === "object" ? address?.port : 0;
    place = openPlace({ "cohorts/all.yaml": `hosts: [{ host: h01, address: 127.0.0.1, port: ${port} }]\n` });
  });
  afterAll(async () => {
    await place?.close();
    host.close();
  });

  const told: readonly (readonly [string, string, string])[] = [
    ["p99_latnecy < 50", "p99_latnecy", 'did you mean "p99_latency"?'],
    ["n < '50'", "'50'", "expected 50, without quotes"],
    ["n < true", "true", "expected a number to compare with"],
    ["n < 50ms", "50ms", "expected 50, in the unit of the metric"],
    ["n < 1%", "1%", "expected 0.01"],
    ["n < 1 and cpu < 1", "and", "expected &&"],
    ["n < 1 && 'aaa'.matches('(a+)+$')", "'aaa'", "expected min, max or abs"],
  ];

  test.each(told)("%s is told with its place and a hint, and no host is asked", async (assert, under, hint) => {
    const lines = [
      "components:",
      "  api:",
      '    source: { type: dir, path: "versions/{version}" }',
      "    path: api",
      "    activate: ./bin/restart",
      "    metrics: { n: { from: exec, run: echo 1 }, p99_latency: { from: exec, run: echo 1 } }",
      "    assertions:",
    ];
    place.write("ship.config.yaml", `${lines.join("\n")}\n      - ${assert}\n`);
    const ended = await place.ship(["--version", "v1"]);
    expect(ended.exit, said(ended)).toBe(2);
    const [, line = "", caret = ""] = /\.yaml:8:\d+: .*\n(.*)\n( +\^)\n/.exec(said(ended)) ?? [];
    expect(line.slice(caret.indexOf("^"))).toBe(assert.slice(assert.indexOf(under)));
    expect(said(ended)).toContain(hint);
    expect(connections).toBe(0);
  });
});

/** Held in the first stage for want of these, for this reason and no other. */
function held(
  ended: Ended,
  of: Readonly<Record<string, Pick<Row["of"][string], "assert" | "detail">>>,
  cause: Row["cause"],
): void {
  const wanted = Object.entries(of).map(([name, { assert = usual(name), detail }]) => {
    const causes = [{ cause, detail: expect.stringMatching(detail) }];
    return { assertion: assert, verdict: "undecided", causes };
  });
  expect(heldIn(ended)).toMatchObject(wanted);
}

/** What was not passed when the first stage was held for want of evidence. */
function heldIn(ended: Ended): readonly Judgement[] {
  expect(ended.exit, said(ended)).toBe(8);
  const ends = ended.events.flatMap((event) => (event.type === "stage.held" ? [event] : []));
  expect(ends.map(({ stage, reason }) => [stage, reason])).toEqual([["first", "no-evidence"]]);
  return ends.flatMap(({ judgements }) => judgements.filter(({ verdict }) => verdict !== "pass"));
}

/** Resolves when the bake has begun, and the metric has had a number in it. */
async function baking(rollout: Running, metric: string): Promise<void> {
  let begun = false;
  await rollout.until((event) => {
    begun ||= event.type === "bake.started";
    return begun && event.type === "metric.sampled" && event.metric === metric && event.value !== undefined;
  });
}

function started({ events }: Ended): readonly string[] {
  return events.flatMap((event) => (event.type === "stage.started" ? [event.stage] : []));
}

/** What was judged of an assertion, time after time. */
function verdicts({ events }: Ended, assertion: string): readonly Judgement["verdict"][] {
  return events.flatMap((event) =>
    event.type === "assertion.judged" && event.judgement.assertion === assertion ? [event.judgement.verdict] : [],
  );
}
