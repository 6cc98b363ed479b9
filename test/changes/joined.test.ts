import { describe, expect, test } from "vitest";
import { joined, placesOf } from "../../src/changes/joined.ts";
import type { Component, StagePolicy } from "../../src/core/component.ts";
import { metricsOf, spelled } from "../../src/core/expression.ts";
import type { Fleet, Host } from "../../src/core/fleet.ts";
import { assertion, component } from "../simulation/component.ts";

const names: Readonly<Record<string, readonly string[]>> = { a: ["api"], w: ["worker"], b: ["api", "worker"], n: [] };
const host = (name: string, cohort: string): Host => {
  const labels = Object.fromEntries((names[name] ?? []).map((label) => [label, "yes"]));
  return { name, address: name, port: undefined, user: undefined, labels, cohort };
};
const first = [host("a", "internal")];
const fleet: Fleet = {
  cohorts: [
    { name: "internal", hosts: first },
    { name: "all", hosts: [...first, host("w", "all"), host("b", "all"), host("n", "all")] },
  ],
};

const stage = (cohort: string, bake: number, change: Partial<StagePolicy> = {}): StagePolicy => {
  return { cohort, share: undefined, bake, longestBake: bake, maxFailed: undefined, ...change };
};
const count = (count: number) => ({ type: "count", count }) as const;
const percent = (percent: number) => ({ type: "percent", percent }) as const;

function service(name: string, stages: readonly StagePolicy[], change: Partial<Component> = {}) {
  return { name, component: component(stages, { hosts: { [name]: "yes" }, path: `/srv/${name}`, ...change }) };
}

function both(api: Partial<Component>, worker: Partial<Component>, stages = [stage("all", 1)]): Component {
  const services = [service("api", stages, api), service("worker", stages, worker)];
  return joined(component([]), services, fleet);
}

describe("the places", () => {
  test("are the hosts of each service, and two of them on a server with both", () => {
    const { cohorts } = placesOf(both({}, {}), fleet);
    expect(cohorts.map(({ hosts }) => hosts.map(({ name, server = "" }) => `${name} ${server}`.trim()))).toEqual([
      ["a"],
      ["a", "w", "b/api b", "b/worker b"],
    ]);
    expect(both({}, {}).parts?.map(({ hosts }) => [...hosts])).toEqual([
      ["a", "b/api"],
      ["w", "b/worker"],
    ]);
  });

  test("are the hosts themselves for one service", () => {
    expect(placesOf(component([]), fleet)).toBe(fleet);
  });
});

describe("the policy", () => {
  test("has each one's metrics and assertions by its name, on its hosts; what all are held to is one", () => {
    const healthy = assertion("each.healthy");
    const own = { assertions: [healthy, assertion("p99_latency < 50")] };
    const made = both(own, { assertions: [healthy, assertion("p99_latency < 50 && cpu < 2")] });
    expect(made.assertions.map(({ text, on }) => [text, [...(on ?? [])].join(" ")])).toEqual([
      ["each.healthy", "a b/api w b/worker"],
      ["api: p99_latency < 50", "a b/api"],
      ["worker: p99_latency < 50 && cpu < 2", "w b/worker"],
    ]);
    expect(made.assertions.map(({ condition }) => metricsOf(condition).map(spelled).join(" "))).toEqual([
      "each.healthy",
      "api.p99_latency",
      "worker.p99_latency cpu",
    ]);
    expect(made.metrics.map(({ name }) => name)).toContain("worker.active_cons");
  });

  test("keeps apart what is only observed of one, and compares under the metric's new name", () => {
    const compare = { metric: "p99_latency", direction: "up", tolerance: 0.1 } as const;
    const watched = assertion("each.healthy", { observeOnly: true });
    const made = both({ assertions: [watched] }, { assertions: [assertion("p99_latency < 50", { compare })] });
    expect(made.assertions.map(({ text, compare }) => [text, compare?.metric])).toEqual([
      ["api: each.healthy", undefined],
      ["worker: p99_latency < 50", "worker.p99_latency"],
    ]);
  });

  test("is the more careful one where they differ, and goes back where one of them would", () => {
    const api: Partial<Component> = { warmup: 1, keep: 9, maxFailed: percent(50), falseRollbacks: 0.1 };
    const worker: Partial<Component> = { warmup: 5, keep: 2, maxFailed: count(1), falseRollbacks: 0.01 };
    const made = both(
      { ...api, onFailure: "hold", onBlind: "rollback", gate: "observe", healthy: undefined },
      { ...worker, onFailure: "rollback", onBlind: "hold", gate: "enforce" },
    );
    expect(made).toMatchObject({ warmup: 5, keep: 9, maxFailed: count(1), falseRollbacks: 0.01 });
    expect(made).toMatchObject({ onFailure: "rollback", onBlind: "rollback", gate: "enforce" });
    expect(made.healthy?.within).toBe(10_000);
    expect(both({ healthy: undefined }, { healthy: undefined }).healthy).toBeUndefined();
    expect(both({ gate: "observe", onFailure: "hold" }, { gate: "observe", onFailure: "hold" })).toMatchObject({
      gate: "observe",
      onFailure: "hold",
      onBlind: "hold",
    });
  });
});

describe("the stages", () => {
  const stagesOf = (api: readonly StagePolicy[], worker: readonly StagePolicy[], own: Partial<Component> = {}) =>
    joined(component([]), [service("api", api, own), service("worker", worker)], fleet).stages;

  test("are each cohort's in turn, whoever has it, with the longest bake and any approval", () => {
    expect(
      stagesOf([stage("internal", 5), stage("all", 10)], [stage("all", 30, { approve: true, longestBake: 60 })]),
    ).toEqual([
      stage("internal", 5, { maxFailed: count(0) }),
      stage("all", 30, { maxFailed: count(0), approve: true, longestBake: 60 }),
    ]);
  });

  test("take a cohort in as many steps as whoever takes most, and end with all of it where one of them does", () => {
    const shares = [stage("all", 1, { share: percent(10) }), stage("all", 2, { share: percent(50) })];
    const made = stagesOf(shares, [stage("all", 7)]);
    expect(made.map(({ share, bake }) => [share?.type === "percent" ? share.percent : 100, bake])).toEqual([
      [10, 7],
      [50, 7],
      [100, 7],
    ]);
    expect(stagesOf(shares, shares).map(({ bake }) => bake)).toEqual([1, 2]);
  });

  test("let fail no more than the strictest does", () => {
    const api = [stage("all", 1, { maxFailed: count(2) })];
    expect(stagesOf(api, [stage("all", 1, { maxFailed: percent(75) })])[0]?.maxFailed).toEqual(count(2));
    expect(stagesOf(api, [stage("all", 1)], { maxFailed: count(9) })[0]?.maxFailed).toEqual(count(0));
  });
});
