import type { AssertionPolicy, Component } from "../../../src/core/component.ts";
import type { Fleet, Host } from "../../../src/core/fleet.ts";
import { bare, blank, type HostState } from "../../../src/core/host.ts";
import { plan } from "../../../src/core/plan.ts";
import type { Given } from "../../../src/core/rollout/state.ts";
import { component, percent } from "../../simulation/component.ts";
import { releaseOf } from "../../simulation/lab.ts";

/** How the gate of a rollout is set; durations in ms. */
export type Setting = {
  readonly assertions: readonly AssertionPolicy[];
  readonly bake: number;
  readonly longestBake: number;
};

/** ms */
export const warmup = 10_000;

export const fleetSize = 12;

/** The stages bring the change to so many hosts. */
const sizes = { internal: 1, beta: 3, all: fleetSize };

const hosts: readonly Host[] = Array.from({ length: sizes.all }, (_, index) => ({
  name: `api-${String(index + 1).padStart(2, "0")}`,
  address: "",
  port: undefined,
  user: undefined,
  labels: {},
  cohort: index < sizes.internal ? "internal" : index < sizes.beta ? "beta" : "all",
}));

export const names = hosts.map(({ name }) => name);

const fleet: Fleet = {
  cohorts: Object.entries(sizes).map(([name, size]) => ({ name, hosts: hosts.slice(0, size) })),
};

/** A host that runs a proven release. */
export function proven(): HostState {
  const { name } = releaseOf("v407");
  const record = { ...blank, attempt: 1, rollout: "r0", phase: "proven", current: name, target: name } as const;
  return { record, link: name, releases: [name], proven: [name], bad: [] };
}

/** A rollout of the next release over the fleet, as the real planner makes it. */
export function givenFor(setting: Setting): Given {
  const asked = { component: componentFor(setting), fleet, release: releaseOf("v408") };
  const options = { to: undefined, selected: undefined, now: false, adopt: false, retryBad: false };
  const planned = plan({ ...asked, ...options, seen: new Map(names.map((name) => [name, seen()])) });
  if (planned.type === "refused") throw new Error(planned.complaints.join("; "));
  return {
    ...asked,
    plan: planned.plan,
    archive: "",
    sha256: "",
    size: 1000,
    env: {},
    options: {
      rollout: "r1",
      generation: 1,
      run: "run1",
      asked: "release",
      holder: "",
      by: "",
      why: undefined,
      onFailure: "rollback",
      timeout: undefined,
      now: false,
    },
  };
}

function seen() {
  const observation = { ...bare, ...proven() };
  return { type: "observed", observation, healthy: true, hidden: false } as const;
}

function componentFor({ assertions, bake, longestBake }: Setting): Component {
  const stages = Object.keys(sizes).map((cohort) => ({
    cohort,
    share: undefined,
    bake,
    longestBake,
    maxFailed: undefined,
  }));
  return component(stages, { assertions, warmup, maxUnavailable: percent(10) });
}
