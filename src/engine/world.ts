import type { Component } from "../core/component.ts";
import type { Happening } from "../core/event.ts";
import type { Host } from "../core/fleet.ts";
import type { Hosts, Place } from "../core/host.ts";

/** What the engine runs in. Everything that passes time, leaves the machine or shows something is behind this. */
export type World = {
  readonly hosts: Hosts;
  readonly clock: Clock;
  /** Bytes of releases that have left here so far; left out where nobody counts them. */
  readonly sent?: () => number;
  /** Bytes a second that may leave from now on; left out where nobody holds them up. */
  readonly throttle?: (rate: number) => void;
  /** Journals and shows what happened. */
  readonly tell: (happening: Happening) => void;
  /** Calls back at each signal until the returned function is called. */
  readonly onSignal: (hear: (signal: string) => void) => () => void;
};

export type Clock = {
  /** ms since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
};

/** The component's hosts by name, and where it lives on each. */
export type Targets = {
  readonly component: Component;
  readonly hosts: ReadonlyMap<string, Host>;
};

/** Where its releases and its record lie: what is ordered is ordered there. */
export function treeOn(component: Component, host: Host): Place {
  return { component: component.name, path: filled(component.tree ?? component.path, host) };
}

/** Where the service lies that it is judged by: what is looked at and measured is asked there. */
export function serviceOn(component: Component, host: Host): Place {
  return { component: component.name, path: filled(component.path, host) };
}

/** `{host}` and labels may stand in a component's path. */
function filled(path: string, { name, labels }: Host): string {
  return path.replace(/\{(\w+)\}/g, (whole, key: string) => (key === "host" ? name : (labels[key] ?? whole)));
}

export function hostOf({ hosts }: Targets, name: string): Host {
  const host = hosts.get(name);
  if (host === undefined) throw new Error(`the plan names ${name}, which is not in the fleet`);
  return host;
}
