import { expect, test } from "vitest";
import { componentOn, isOn, judgedInStage, viewOn } from "../../src/core/parts.ts";
import type { StagePlan } from "../../src/core/plan.ts";
import { measuresOf } from "../../src/core/sample.ts";
import type { View } from "../../src/core/track.ts";
import { emptyEvidence } from "../../src/core/window.ts";
import { assertion, component } from "../simulation/component.ts";

const one = component([], { name: "one" });
const two = component([], { name: "two" });
const parts = [
  { name: "one", component: one, hosts: new Set(["a"]) },
  { name: "two", component: two, hosts: new Set(["b"]) },
];

test("a component of several services is on each host what lies there", () => {
  const both = component([], { parts });
  expect(["a", "b", "c"].map((name) => componentOn(both, { name }).name)).toEqual(["one", "two", "api"]);
  expect(componentOn(one, { name: "b" })).toBe(one);
});

test("what is about some hosts is judged on them alone", () => {
  const view: View = {
    evidence: emptyEvidence,
    changed: {
      since: new Map([
        ["a", 1],
        ["b", 2],
      ]),
      warmup: 0,
    },
    at: 0,
    every: 1,
    measures: measuresOf([]),
    baseline: ["c", "d"],
    fleet: ["a", "b", "c", "d"],
    alpha: 0.1,
  };
  const some = { ...assertion("active_cons > 10"), on: new Set(["a", "d"]) };
  expect(viewOn(some, view)).toMatchObject({ baseline: ["d"], fleet: ["a", "d"] });
  expect([...viewOn(some, view).changed.since]).toEqual([["a", 1]]);
  expect(viewOn(assertion("active_cons > 10"), view)).toBe(view);
  expect([isOn(some, "a"), isOn(some, "b"), isOn({}, "b")]).toEqual([true, false, true]);
});

test("a stage is judged by those of which a host had its turn", () => {
  const assertions = ["a", "b"].map((host) => ({ ...assertion("active_cons > 10"), text: host, on: new Set([host]) }));
  const asked = component([], { assertions: [assertion("error_rate < 1"), ...assertions] });
  const stage = (cohort: string, ...hosts: readonly string[]): StagePlan => {
    const blank = { from: "", to: "", back: "", healthy: undefined, attempt: 0, expect: "", detail: undefined };
    const own = { ours: false, unproven: false, action: "change", cohort, ...blank } as const;
    const policy = { name: cohort, cohort, width: 1, maxFailed: 0, down: 0, bake: 0, longestBake: 0 };
    return { ...policy, hosts: hosts.map((host) => ({ ...own, host })) };
  };
  const stages = [stage("first", "a"), stage("all", "b")];
  const judged = (index: number) => judgedInStage(asked, stages, index).map(({ text }) => text);
  expect([judged(0), judged(1)]).toEqual([
    ["error_rate < 1", "a"],
    ["error_rate < 1", "a", "b"],
  ]);
});
