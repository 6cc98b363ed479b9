import { describe, expect, test } from "vitest";
import { type Forecast, forecast } from "../../src/core/forecast.ts";
import type { Judgement } from "../../src/core/judge.ts";
import type { Plan } from "../../src/core/plan.ts";
import { sickNow } from "../../src/core/sick.ts";
import { type Measuring, measureFleet, readingsFor } from "../../src/engine/preflight.ts";
import type { World } from "../../src/engine/world.ts";
import { assertion, component } from "../simulation/component.ts";
import { type Lab, lab, ship } from "../simulation/lab.ts";
import { running } from "../simulation/seed.ts";

const stage = (cohort: string) => {
  return { cohort, share: undefined, bake: 60_000, longestBake: 60_000, maxFailed: undefined };
};

/** Four hosts in two stages that run v407, and have these assertions. */
function fleetWith(...texts: readonly string[]): Lab {
  const sizes = new Map([
    ["internal", 1],
    ["all", 4],
  ]);
  const assertions = texts.map((text) => assertion(text));
  const made = lab(sizes, component([stage("internal"), stage("all")], { assertions }));
  running(made, "v407");
  return made;
}

function measure({ simulation, clock, component, fleet }: Lab, measuring: Measuring) {
  const hosts = fleet.cohorts.at(-1)?.hosts ?? [];
  const world: World = { hosts: simulation.hosts, clock, tell: () => undefined, onSignal: () => () => undefined };
  const targets = { component, hosts: new Map(hosts.map((host) => [host.name, host])) };
  return clock.drive(measureFleet(world, targets, measuring));
}

const looks = (count: number): Measuring => ({ every: 1_000, isEnough: (_, readings) => readings >= count });

/** What a dry run says of the fleet, and the plan that it says it of. */
async function predicted(made: Lab, plan: Plan): Promise<Forecast> {
  return forecast(made.component, plan, await measure(made, looks(4)));
}

describe("a look at the fleet", () => {
  test("takes the readings that a verdict needs, and finds a sick service (cell 28)", async () => {
    const made = fleetWith("error_rate < 0.01", "active_cons > 10");
    made.behaviours.set("v407", { errors: 0.2 });
    const count = readingsFor(made.component, 8);
    expect(count).toBe(4);
    const { judgements } = await measure(made, looks(count));
    expect(judgements.map(({ verdict }) => verdict)).toEqual(["fail", "pass"]);
    expect(sickNow(made.component, judgements).map((one) => one.assertion)).toEqual(["error_rate < 0.01"]);
  });

  test("is long where more readings are asked for, and never without end", () => {
    const asked = (minReadings: number) =>
      component([], { assertions: [assertion("active_cons > 10", { minReadings })] });
    expect([1, 5, 50].map((count) => readingsFor(asked(count), 8))).toEqual([3, 6, 8]);
    expect(readingsFor(component([], { assertions: [] }), 8)).toBe(3);
  });
});

test("a long watch lets what failed be well again, once that is known", async () => {
  const made = fleetWith("active_cons > 10");
  const seen: Judgement["verdict"][] = [];
  const connections = [20, 20, 20, 20, 2, 2, 2, 20, 20, 20, 20];
  await measure(made, {
    every: 1_000,
    renews: true,
    isEnough: ({ judgements }, readings) => {
      seen.push(...judgements.map(({ verdict }) => verdict));
      made.behaviours.set("v407", { connections: connections[readings] ?? 20 });
      return readings === connections.length;
    },
  });
  expect(seen.slice(0, 4)).toEqual(["undecided", "undecided", "pass", "pass"]);
  expect(seen.slice(4)).toEqual(["undecided", "fail", "fail", "fail", "pass", "pass", "pass"]);
});

test("what the dry run says of a failure is about what the rollout takes to find it", async () => {
  const made = fleetWith("error_rate < 0.002");
  made.behaviours.set("v408", { errors: 0.01 });
  const plan = await planOf(made);
  const before = await predicted(made, plan);
  const [gate] = before.type === "measured" ? before.gates : [];
  const [found] = gate?.stages[0]?.finds ?? [];
  const { told } = await ship(made, { version: "v408" });
  const at = (type: string) => told.find(({ happening }) => happening.type === type)?.at ?? 0;
  const took = at("stage.failed") - at("bake.started");
  expect(at("stage.failed")).toBeGreaterThan(0);
  expect(took / (found?.after ?? 0)).toBeGreaterThan(0.5);
  expect(took / (found?.after ?? 0)).toBeLessThan(2);
});

/** The plan that a rollout would have, from one that is refused to go further. */
async function planOf(made: Lab): Promise<Plan> {
  const { planned } = await ship(made, { version: "v408", killAt: 50 });
  if (planned === undefined) throw new Error("killed too early");
  if (planned.type === "refused") throw new Error(planned.complaints.join());
  return planned.plan;
}
