import type { Component } from "../../src/core/component.ts";
import type { Fleet } from "../../src/core/fleet.ts";
import { assertion, component } from "./component.ts";
import type { Schedule } from "./schedule.ts";

const cohortNames = ["internal", "beta", "all"] as const;

function namesOf({ cohorts }: Schedule): readonly string[] {
  return cohorts.length === 2 ? ["internal", "all"] : [...cohortNames];
}

export function componentOf(schedule: Schedule): Component {
  const stages = namesOf(schedule).map((cohort) => ({
    cohort,
    share: undefined,
    bake: 4_000,
    longestBake: 4_000,
    maxFailed: undefined,
  }));
  const count = (value: number) => ({ type: "count", count: value }) as const;
  const standing = component([]).assertions.slice(-2);
  return component(stages, {
    activateWithin: 6_000,
    healthy: {
      how: { type: "http", url: "http://127.0.0.1:8080/health", status: undefined },
      within: 4_000,
      for: 500,
      proof: schedule.proof,
    },
    once:
      schedule.once === "none" ? [] : [{ run: "migrate", when: "before", reversible: schedule.once === "reversible" }],
    deactivate: "stop",
    drain: schedule.drains ? { run: "leave", for: 0 } : undefined,
    undrain: schedule.drains ? "join" : undefined,
    warmup: 500,
    metrics: [],
    assertions: [assertion("rss < 50000000"), ...standing],
    maxUnavailable: count(schedule.width),
    maxFailed: count(schedule.maxFailed),
    rollback: { maxUnavailable: count(schedule.back) },
    keep: schedule.seed % 4 === 0 ? 1 : 5,
    onBlind: schedule.onBlind,
  });
}

export function fleetOf(schedule: Schedule): Fleet {
  const names = namesOf(schedule);
  const count = schedule.cohorts.at(-1) ?? 0;
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `api-${String(index + 1).padStart(2, "0")}`,
    address: "127.0.0.1",
    port: undefined,
    user: undefined,
    labels: {},
    cohort: names[schedule.cohorts.findIndex((size) => index < size)] ?? "",
  }));
  return {
    cohorts: schedule.cohorts.map((size, index) => ({ name: names[index] ?? "", hosts: hosts.slice(0, size) })),
  };
}
