import { blank } from "../../src/core/host.ts";
import type { Lab } from "./lab.ts";
import { releaseOf } from "./lab.ts";

/** Hosts (all, or those named) run a version that was proven on them. */
export function running(lab: Lab, version: string, names?: readonly string[]): void {
  const { name } = releaseOf(version);
  for (const [host, sim] of lab.simulation.fleet) {
    if (names !== undefined && !names.includes(host)) continue;
    const record = { ...blank, attempt: 1, rollout: "r0", phase: "proven", current: name, target: name } as const;
    sim.state = { record: { ...record, good: "" }, link: name, releases: [name], proven: [name], bad: [] };
    sim.startedAt = lab.clock.now() - 3_600_000;
    sim.starts = 1;
  }
}
