import { expect, test } from "vitest";
import { deliveryOf } from "../../src/core/delivery.ts";
import { bare } from "../../src/core/host.ts";
import type { HostPlan, Plan, Seen } from "../../src/core/plan.ts";
import { component } from "../simulation/component.ts";
import { fresh, hostPlan, stagePlan } from "./rollout/desk.ts";

const origin = { url: "http://a/x", headers: {} };

function planOf(stages: readonly (readonly HostPlan[])[], direction: Plan["direction"] = "forward"): Plan {
  const made = stages.map((hosts, index) => stagePlan(`s${index}`, hosts));
  const rest = { continues: undefined, gates: [], least: 0 };
  return { component: "api", version: "v408", release: fresh, direction, stages: made, ...rest };
}

const hosts = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => hostPlan(`${prefix}${index}`));

function havingIt(): Seen {
  return { type: "observed", observation: { ...bare, releases: [fresh] }, healthy: true, hidden: false };
}

function delivery(
  plan: Plan,
  how: { spread?: boolean; fetch?: boolean; there?: readonly string[]; url?: boolean } = {},
) {
  const seen = new Map<string, Seen>((how.there ?? []).map((name) => [name, havingIt()]));
  seen.set("b1", { type: "absent", cause: "lost", reason: "" });
  const policy = component([], { spread: how.spread === true, fetch: how.fetch === true });
  return deliveryOf(plan, { component: policy, seen, cargo: { size: 5, ...(how.url === true ? { origin } : {}) } });
}

test("bytes are sent from here to every host that lacks them", () => {
  const plan = planOf([hosts("a", 1), [...hosts("b", 9), hostPlan("idle", { action: "none" })]]);
  const none = { size: 5, here: 0, fetched: 0, passed: 0, there: 0 };
  expect(delivery(plan)).toEqual({ ...none, here: 10 });
  expect(delivery(plan, { there: ["a0", "b0", "idle"] })).toEqual({ ...none, here: 8, there: 2 });
  expect(delivery(plan, { fetch: true, url: true })).toEqual({ ...none, fetched: 10 });
  expect(delivery(plan, { fetch: true })).toEqual({ ...none, here: 10 });
  expect(delivery(plan, { spread: true })).toEqual({ ...none, here: 4, passed: 6 });
});

test("a plan that brings no host anything has none", () => {
  expect(delivery(planOf([[hostPlan("idle", { action: "none" })]]))).toBeUndefined();
  expect(delivery(planOf([hosts("a", 2)], "rollback"))).toBeUndefined();
});
