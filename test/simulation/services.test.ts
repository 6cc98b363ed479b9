import { describe, expect, test } from "vitest";
import { forecast } from "../../src/core/forecast.ts";
import { rejudge } from "../../src/core/rejudge.ts";
import { sectionsOf } from "../../src/core/section.ts";
import { measureFleet } from "../../src/engine/preflight.ts";
import { targetsOf } from "../../src/engine/world.ts";
import { journalOf } from "../core/recorded.ts";
import { assertion } from "./component.ts";
import { type Lab, type Shipped, ship } from "./lab.ts";
import { labOf, service, stage } from "./services.ts";

const api = ["api"];
const worker = ["worker"];
const both = ["api", "worker"];

/** Where each place is: `api-01 v408`. */
function links({ simulation }: Lab): readonly string[] {
  return [...simulation.fleet].map(([name, { state }]) => `${name} ${state.link.slice(0, 4)}`);
}

/** The assertions that each stage passed on. */
function passed({ told }: Shipped): readonly string[] {
  return told.flatMap(({ happening }) =>
    happening.type === "stage.passed"
      ? [`${happening.stage}: ${happening.judgements.map(({ assertion }) => assertion).join("; ")}`]
      : [],
  );
}

describe("a rollout of two services", () => {
  const services = [service("api", ["active_cons > 10"]), service("worker", ["p99_latency < 50"])];
  const hosts = [api, worker, both, api, worker];

  test("passes on what each of them asserts, from the stage on that has a host of it", async () => {
    const made = labOf(hosts, services);
    const shipped = await ship(made, { version: "v408" });
    expect(shipped.ended?.outcome).toBe("done");
    expect(passed(shipped)).toEqual([
      "internal: each.healthy; api: active_cons > 10",
      "all: each.healthy; api: active_cons > 10; worker: p99_latency < 50",
    ]);
    expect(links(made)).toEqual([
      "api-01 v408",
      "api-02 v408",
      "api-03/api v408",
      "api-03/worker v408",
      "api-04 v408",
      "api-05 v408",
    ]);
  });

  test("is put back in both when one of them breaches what it asserts, and names whose it is", async () => {
    const made = labOf(hosts, services);
    made.behaviours.set("v408", { p99: 90 });
    const shipped = await ship(made, { version: "v408" });
    expect(shipped.ended).toMatchObject({ outcome: "rolled-back", reason: "assertion-failed" });
    expect(shipped.ended?.summary).toMatch(
      /worker: p99_latency < 50 fails with .* on api-\[02,05\], api-03\/worker\. /,
    );
    expect(links(made).every((link) => link.endsWith("v407"))).toBe(true);
  });

  test("measures each by its own metrics on its own hosts alone", async () => {
    const made = labOf(hosts, services);
    const { told } = await ship(made, { version: "v408" });
    const sampled = told.flatMap(({ happening }) => (happening.type === "metric.sampled" ? [happening] : []));
    const counts = (metric: string) => new Set(sampled.filter((one) => one.metric === metric).map((one) => one.hosts));
    expect(Math.max(...counts("api.active_cons"))).toBe(3);
    expect(Math.max(...counts("worker.active_cons"))).toBe(3);
    expect(counts("active_cons").size).toBe(0);
  });

  test("is held where one of them has no evidence, however much the other has", async () => {
    const silent = assertion("p99_latency < 50", { minEvents: 1e9 });
    const made = labOf(hosts, [
      service("api", ["active_cons > 10"]),
      service("worker", [], { assertions: [silent], stages: [stage("internal"), stage("all")] }),
    ]);
    const shipped = await ship(made, { version: "v408" });
    expect(shipped.ended).toMatchObject({ outcome: "held", reason: "no-evidence" });
    expect(shipped.ended?.summary).toContain("worker: p99_latency < 50");
    expect(shipped.ended?.summary).not.toContain("api:");
  });

  test("compares a service's changed hosts with the last of its own that are unchanged", async () => {
    const atOnce = { maxUnavailable: { type: "percent", percent: 100 } } as const;
    const made = labOf(
      [api, worker, api, worker],
      [
        service("api", ["p99_latency < 1.5 * baseline.p99_latency"], atOnce),
        service("worker", ["p99_latency < 1.5 * baseline.p99_latency"]),
      ],
    );
    const shipped = await ship(made, { version: "v408" });
    // Worker's first hosts are its last: nothing of it was ever compared, and that is no pass.
    expect(shipped.ended).toMatchObject({ outcome: "held", reason: "no-evidence" });
    expect(shipped.ended?.summary).toContain("worker: p99_latency");
    expect(shipped.ended?.summary).not.toContain("api: p99_latency");
  });

  test("shares a cohort out among the hosts of each, so that a small one is not left without a first host", async () => {
    const shared = { stages: [stage("all", 25), stage("all")] };
    const many = [...Array.from({ length: 8 }, () => api), worker, worker];
    const made = labOf(many, [
      service("api", ["active_cons > 10"], shared),
      service("worker", ["p99_latency < 50"], shared),
    ]);
    const { told } = await ship(made, { version: "v408" });
    const [first] = told.flatMap(({ happening }) => (happening.type === "stage.started" ? [happening.hosts] : []));
    expect(first).toEqual(["api-01", "api-02", "api-09"]);
  });

  test("waits for the health of that service alone which has a check", async () => {
    const made = labOf(
      [api, worker],
      [
        service("api", ["active_cons > 10"]),
        service("worker", ["active_cons > 10"], { healthy: undefined, assertions: [assertion("active_cons > 10")] }),
      ],
    );
    made.behaviours.set("v408", { healthy: false });
    const shipped = await ship(made, { version: "v408" });
    expect(shipped.ended).toMatchObject({ outcome: "rolled-back", reason: "hosts-failed" });
    expect(shipped.ended?.summary).toContain("api-01");
  });

  test("judged again from its journal says what it said", async () => {
    const made = labOf(hosts, services);
    const from = made.clock.now();
    const events = journalOf(await ship(made, { version: "v408" }), from);
    const then = events.flatMap((event) =>
      event.type === "assertion.judged"
        ? [`${event.stage} ${event.judgement.assertion} ${event.judgement.verdict}`]
        : [],
    );
    const again = [...rejudge(made.component, sectionsOf(events))].map(
      ({ section, judgement }) => `${section.stage} ${judgement.assertion} ${judgement.verdict}`,
    );
    expect(then.length).toBeGreaterThan(20);
    expect(again).toEqual(then);
  });

  test("is predicted for each on its own hosts, in the stages that have any of them", async () => {
    const made = labOf(hosts, services);
    const { planned } = await ship(made, { version: "v408", killAt: 50 });
    if (planned?.type !== "plan") throw new Error("there is no plan");
    const { simulation, clock } = made;
    const world = { hosts: simulation.hosts, clock, tell: () => undefined, onSignal: () => () => undefined };
    const targets = targetsOf(made.component, made.fleet);
    const measured = await clock.drive(
      measureFleet(world, targets, { every: 1_000, isEnough: (_, readings) => readings >= 4 }),
    );
    const said = forecast(made.component, planned.plan, measured);
    const gates = said.type === "measured" ? said.gates : [];
    const exposed = gates.map(({ assertion, stages }) => [assertion, ...stages.map((one) => one.exposed)]);
    expect(exposed).toEqual([
      ["each.healthy", 1, 6],
      ["api: active_cons > 10", 1, 3],
      ["worker: p99_latency < 50", 3],
    ]);
  });
});
