import type { Component } from "../component.ts";
import { leaseOf } from "./order.ts";
import type { Progress } from "./progress.ts";

/** How a run before this one left a host: one that it confirmed may be in its warm-up still, and one that it armed on its lease. */
export function asLeft(host: Progress, component: Component, startedAt: number): Progress {
  if (host.plan.action === "bake") return { ...host, since: startedAt };
  if (host.plan.leased === undefined) return host;
  return { ...host, leasedUntil: startedAt + leaseOf(component) + component.activateWithin };
}
