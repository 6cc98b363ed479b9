import type { Host } from "../../../src/core/fleet.ts";
import { bare, blank } from "../../../src/core/host.ts";
import { plan, type Seen } from "../../../src/core/plan.ts";
import { planText } from "../../../src/report/plan.ts";
import { component } from "../../simulation/component.ts";

/** Plans and shows a fleet of so many hosts in three stages, on v1 all of them, and tells the process that asked. */
export function tellPlanned(count: number): void {
  const hosts = Array.from({ length: count }, (_, number) => hostOf(number));
  const cohort = (name: string, size: number) => ({ name, hosts: hosts.slice(0, size) });
  const cohorts = [cohort("one", 1), cohort("tenth", Math.ceil(count / 10)), cohort("all", count)];
  const stages = cohorts.map(({ name }) => ({ cohort: name, share: undefined, bake: 600_000, longestBake: 600_000 }));
  const seen = new Map(hosts.map(({ name }) => [name, seenOf(name)]));
  const asked = {
    ...{ component: component(stages.map((stage) => ({ ...stage, maxFailed: undefined }))), fleet: { cohorts }, seen },
    release: { name: "v2-00000000", manifest },
    ...{ to: undefined, selected: undefined, now: false, adopt: false, retryBad: false },
  };
  // CPU, which another program's load does not lengthen; what runs on one thread takes no longer than that.
  const began = process.cpuUsage();
  const planned = plan(asked);
  if (planned.type !== "plan") throw new Error(planned.complaints.join("\n"));
  const text = planText(planned.plan, { color: false, dry: true });
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1_000_000;
  if (!text.includes(`${count} hosts in 3 stages`)) throw new Error(text);
  process.send?.({ seconds, peak: process.resourceUsage().maxRSS / 1024 });
}

function hostOf(number: number): Host {
  const labels = { zone: `z${number % 3}` };
  return { name: `h${number}`, address: `10.0.0.${number}`, port: undefined, user: undefined, labels, cohort: "all" };
}

const old = "v1-00000000";

function seenOf(name: string): Seen {
  const record = { ...blank, generation: 1, run: "r", rollout: "1", phase: "proven", current: old, good: old } as const;
  const observation = { ...bare, record, link: old, releases: [old], proven: [old], id: name };
  return { type: "observed", observation, healthy: true, hidden: false };
}

const manifest = {
  ...{ component: "api", version: "v2", digest: "", size: 1000, activate: "bin/restart", activateWithin: 60_000 },
  ...{ deactivate: "", drain: "", drainFor: 0, undrain: "", shared: [], environment: "" },
};
