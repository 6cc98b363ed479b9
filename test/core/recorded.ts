import type { Component } from "../../src/core/component.ts";
import type { Event, Happening } from "../../src/core/event.ts";
import { type Section, sectionsOf } from "../../src/core/section.ts";
import { assertion, component } from "../simulation/component.ts";
import type { Behaviour } from "../simulation/fleet.ts";
import { type Ask, type Lab, lab, type Shipped, ship } from "../simulation/lab.ts";
import { running } from "../simulation/seed.ts";

/** Rollouts of a simulated fleet, as their journals have them. */

const stage = (cohort: string) => ({ cohort, share: undefined, bake: 8_000, longestBake: 8_000, maxFailed: undefined });

export function policyOf(change: Partial<Component> = {}): Component {
  return component([stage("internal"), stage("all")], change);
}

/** Asserts only these, each a text or a policy. */
export function asserting(...texts: readonly string[]): Component {
  return policyOf({ assertions: texts.map((text) => assertion(text)) });
}

/** Six hosts in two stages that run v407. */
function fleetOf(behaviour: Behaviour, change: Partial<Component> = {}): Lab {
  const made = lab(
    new Map([
      ["internal", 1],
      ["all", 6],
    ]),
    policyOf(change),
  );
  running(made, "v407");
  made.behaviours.set("v408", behaviour);
  return made;
}

/** What a journal holds of one run of ship, read back from its lines. */
export function journalOf({ planned, told }: Shipped, from: number): readonly Event[] {
  if (planned?.type !== "plan") throw new Error("nothing was begun");
  const { plan } = planned;
  const who = { by: "me", from: "here", why: undefined, overrides: [], continued: plan.continues !== undefined };
  const { component: name, version, release, direction } = plan;
  const first: readonly Happening[] = [
    { type: "rollout.started", component: name, version, release, direction, ...who },
    { type: "plan.made", plan },
  ];
  const all = [...first.map((happening) => ({ at: 0, happening })), ...told];
  const lines = all.map(({ at, happening }, index) =>
    JSON.stringify({ ...happening, time: new Date(from + at).toISOString(), seq: index + 1, rollout: "r1" }),
  );
  return lines.map((line) => JSON.parse(line));
}

/** A rollout of v408 by this policy, on hosts where it behaves so; `meddle` says what happens besides. */
export async function recordOf(
  behaviour: Behaviour,
  change: Partial<Component> = {},
  ask: Partial<Ask> = {},
  meddle: (made: Lab) => void = () => undefined,
): Promise<{ readonly events: readonly Event[]; readonly sections: readonly Section[]; readonly made: Lab }> {
  const made = fleetOf(behaviour, change);
  const from = made.clock.now();
  meddle(made);
  const shipped = await ship(made, { version: "v408", ...ask });
  const events = journalOf(shipped, from);
  return { events, sections: sectionsOf(events), made };
}
