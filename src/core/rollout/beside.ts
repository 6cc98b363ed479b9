import type { Plan } from "../plan.ts";
import { type Progress, progressOf } from "./progress.ts";
import { allIn, hostIn, rosterOf } from "./roster.ts";
import type { State } from "./state.ts";

/** What stands for a stage with hosts that are in none. */
const none = -1;

/** The component's hosts that are not of this rollout: held by its fence, and never changed. */
export function besideOf({ beside = [] }: Plan): State["beside"] {
  return rosterOf(beside.map((plan) => progressOf(plan, none, false)));
}

export function isBeside({ stage }: Progress): boolean {
  return stage === none;
}

/** The hosts that the fence is about: those of the rollout, and those beside it. */
export function allHosts({ hosts, beside }: State): readonly Progress[] {
  return [...allIn(hosts), ...allIn(beside)];
}

export function hostNamed({ hosts, beside }: State, name: string): Progress | undefined {
  return hostIn(hosts, name) ?? hostIn(beside, name);
}
