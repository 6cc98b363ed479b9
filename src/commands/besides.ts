import { unwatched } from "../changes/carried.ts";
import { besides } from "../changes/index.ts";
import { placesOf } from "../changes/joined.ts";
import type { Component } from "../core/component.ts";
import { byName, witnesses } from "../core/runner.ts";
import { type Targets, targetsOf } from "../engine/world.ts";
import type { Opened } from "./session.ts";

/** The fleet opened for another change of the same services, on its own hosts: others than these where more services read it. */
export function openedFor(opened: Opened, component: Component): Opened {
  const fleet = placesOf(component, opened.config.fleet);
  return { ...opened, component, fleet, targets: targetsOf(component, fleet) };
}

/** What else the same services read or run. */
export function targetsBeside(opened: Opened): readonly Targets[] {
  return besides(opened.component, opened.config).map((other) => openedFor(opened, other).targets);
}

/** The first of the hosts, where who is at work is seen. */
export function witnessesOf({ component, hosts }: Targets): Targets {
  return { component, hosts: new Map([...hosts].sort(([a], [b]) => byName(a, b)).slice(0, witnesses)) };
}

/** Where only who is at work is asked: how the service is, a command's own look says. */
export function quiet({ component, hosts }: Targets): Targets {
  return { component: unwatched(component), hosts };
}
