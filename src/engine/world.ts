import type { Component } from "../core/component.ts";
import type { Happening } from "../core/event.ts";
import { type Fleet, type Host, hostsOf, serverOf } from "../core/fleet.ts";
import type { Hosts, Place } from "../core/host.ts";
import { componentOn } from "../core/parts.ts";

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

/** The component's hosts in a fleet as it sees it. */
export function targetsOf(component: Component, fleet: Fleet): Targets {
  const members = hostsOf(fleet, component.hosts).at(-1)?.hosts ?? [];
  return { component, hosts: new Map(members.map((host) => [host.name, host])) };
}

/** Where its releases and its record lie: what is ordered is ordered there. */
export function treeOn(component: Component, host: Host): Place {
  const { tree, path } = componentOn(component, host);
  return { component: component.name, path: filled(tree ?? path, host) };
}

/** Where the service lies that it is judged by: what is looked at and measured is asked there. */
export function serviceOn(component: Component, host: Host): Place {
  return { component: component.name, path: filled(componentOn(component, host).path, host) };
}

/** `{host}` and labels may stand in a component's path. */
function filled(path: string, host: Host): string {
  const { name, labels } = serverOf(host);
  return path.replace(/\{(\w+)\}/g, (whole, key: string) => (key === "host" ? name : (labels[key] ?? whole)));
}

export function hostOf({ hosts }: Targets, name: string): Host {
  const host = hosts.get(name);
  if (host === undefined) throw new Error(`the plan names ${name}, which is not in the fleet`);
  return host;
}
