import type { Component } from "./component.ts";
import type { Parcel } from "./origin.ts";
import type { Plan, Seen, StagePlan } from "./plan.ts";
import { copiesFromHere } from "./rollout/placing.ts";

/** How a plan's bytes come to its hosts: `size` bytes each, and to how many hosts in each way, if all goes well. */
export type Delivery = {
  readonly size: number;
  readonly here: number;
  readonly fetched: number;
  readonly passed: number;
  /** Hosts that have the release already. */
  readonly there: number;
};

type Of = {
  readonly component: Component;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly cargo: Pick<Parcel, "size" | "origin">;
};

/** Undefined for a plan that brings no host anything. */
export function deliveryOf(plan: Plan, { component, seen, cargo }: Of): Delivery | undefined {
  const has = (host: string) => {
    const one = seen.get(host);
    return one?.type === "observed" && one.observation.releases.includes(plan.release);
  };
  const changing = ({ hosts }: StagePlan) => hosts.filter(({ action }) => action === "change");
  const lacking = plan.stages.map((stage) => changing(stage).filter(({ host }) => !has(host)).length);
  const all = plan.stages.reduce((sum, stage) => sum + changing(stage).length, 0);
  const missing = lacking.reduce((sum, count) => sum + count, 0);
  if (plan.direction === "rollback" || all === 0) return undefined;
  const fetched = component.fetch === true && cargo.origin !== undefined ? missing : 0;
  const spread = lacking.reduce((sum, count) => sum + Math.max(0, count - copiesFromHere), 0);
  const passed = component.spread === true && fetched === 0 ? spread : 0;
  return { size: cargo.size, here: missing - fetched - passed, fetched, passed, there: all - missing };
}
