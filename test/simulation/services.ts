import { joined, placesOf } from "../../src/changes/joined.ts";
import type { AssertionPolicy, Component } from "../../src/core/component.ts";
import { assertion, component } from "./component.ts";
import { simulate } from "./fleet.ts";
import { type Lab, lab } from "./lab.ts";
import { running } from "./seed.ts";

export const stage = (cohort: string, share?: number) => {
  return {
    cohort,
    share: share === undefined ? undefined : ({ type: "percent", percent: share } as const),
    bake: 60_000,
    longestBake: 60_000,
    maxFailed: undefined,
  };
};

/** What a service asserts, besides that its hosts are well. */
const policies = (texts: readonly string[], change: Partial<AssertionPolicy> = {}) => [
  assertion("each.healthy", { allow: { bad: 2, of: 3 }, minEvents: 0, minReadings: 1 }),
  ...texts.map((text) => assertion(text, change)),
];

/** A service on the hosts that have its name among their labels. */
export function service(name: string, texts: readonly string[], change: Partial<Component> = {}) {
  const policy = { hosts: { [name]: "yes" }, path: name, assertions: policies(texts), ...change };
  return { name, component: component([stage("internal"), stage("all")], policy) };
}

/** A fleet of these hosts, the first `internal`, that runs v407 and is seen as what both services lie on. */
export function labOf(
  hosts: readonly (readonly string[])[],
  services: readonly ReturnType<typeof service>[],
  internal = 1,
): Lab {
  const [first] = services;
  if (first === undefined) throw new Error("no service");
  const sizes = new Map([
    ["internal", internal],
    ["all", hosts.length],
  ]);
  const labels = (index: number) => Object.fromEntries((hosts[index] ?? []).map((name) => [name, "yes"]));
  const made = lab(sizes, first.component, labels);
  const both = joined(first.component, services, made.fleet);
  const fleet = placesOf(both, made.fleet);
  const places = fleet.cohorts.at(-1)?.hosts ?? [];
  const simulation = simulate(made.clock, places, made.behaviours);
  const whole = { ...made, component: both, fleet, simulation };
  running(whole, "v407");
  return whole;
}
