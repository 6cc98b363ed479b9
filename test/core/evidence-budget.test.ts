import { describe, expect, test } from "vitest";
import { fleetSize, type Setting } from "../bench/evidence/given.ts";
import { type Rollout, rollOut } from "../bench/evidence/rollout.ts";
import { badScenarios, healthyScenarios, type Scenario } from "../bench/evidence/scenario.ts";
import { trafficOf } from "../bench/evidence/traffic.ts";

/**
 * A small part of the benchmark on evidence, always with the same seed: the real reducer over simulated traffic. Few
 * measurements in short bakes, so that it is quick.
 */
const seed = 7;
const gate = { bake: 60_000, longestBake: 60_000 };

function rollouts(scenario: Scenario, rate: number, count: number): readonly Rollout[] {
  const counted = scenario.assertions.filter(({ text }) => !text.startsWith("each."));
  const setting: Setting = { ...gate, assertions: counted.map((policy) => ({ ...policy, every: 12_000 })) };
  const load = { ...scenario.load, rate };
  return Array.from({ length: count }, (_, key) => rollOut(setting, trafficOf(load, fleetSize, seed, key)));
}

function named(scenarios: readonly Scenario[], part: string): Scenario {
  const found = scenarios.find(({ name }) => name.includes(part));
  if (found === undefined) throw new Error(`there is no scenario ${part}`);
  return found;
}

const failed = (all: readonly Rollout[]) => all.filter(({ end }) => end === "failed");

describe("of healthy rollouts", () => {
  // One in a thousand may be taken back: three or more of 120 are once in 3,800 tries.
  test("no more are taken back than chance allows, whatever the traffic does", () => {
    const all = [
      ...healthyScenarios.flatMap((scenario) => rollouts(scenario, 50, 15)),
      ...rollouts(named(healthyScenarios, "0.8% errors"), 150, 30),
    ];
    expect(all.length).toBe(120);
    expect(failed(all).length).toBeLessThanOrEqual(2);
  });

  test("those with enough traffic are passed, and an idle service is not", () => {
    const steady = rollouts(named(healthyScenarios, "steady"), 500, 10);
    expect(steady.filter(({ end }) => end === "passed").length).toBeGreaterThanOrEqual(8);
    const idle = rollouts(named(healthyScenarios, "idle"), 0.1, 5);
    expect(idle.map(({ end }) => end)).toEqual(idle.map(() => "held"));
  });
});

describe("of bad rollouts", () => {
  test.each([
    ["1% to 5%", 500],
    ["35 to 70 ms", 500],
    ["35 to 70 ms", 150],
  ])("%s at %i requests a second: nearly all are caught on the first host, and none is passed", (part, rate) => {
    const all = rollouts(named(badScenarios, part), rate, 20);
    expect(all.filter(({ end }) => end === "passed")).toEqual([]);
    const caught = failed(all);
    expect(caught.length).toBeGreaterThanOrEqual(18);
    expect(caught.map(({ changes }) => changes.length)).toEqual(caught.map(() => 1));
  });

  test("one bad host of twelve is caught, and named", () => {
    const caught = failed(rollouts(named(badScenarios, "20% errors, pooled"), 500, 10));
    expect(caught.length).toBeGreaterThanOrEqual(9);
    expect(caught.every(({ detail }) => detail.endsWith("on api-07"))).toBe(true);
  });
});
