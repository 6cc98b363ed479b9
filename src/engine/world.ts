import type { Component } from "../core/component.ts";
import type { Happening } from "../core/event.ts";
import type { Host } from "../core/fleet.ts";
import type { Hosts } from "../core/host.ts";

/** What the engine runs in. Everything that passes time, leaves the machine or shows something is behind this. */
export type World = {
  readonly hosts: Hosts;
  readonly clock: Clock;
  /** Bytes of releases that have left here so far; left out where nobody counts them. */
  readonly sent?: () => number;
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

/** `{host}` and labels may stand in a component's path. */
export function placeOn(component: Component, host: Host): { readonly component: string; readonly path: string } {
  const path = component.path.replace(/\{(\w+)\}/g, (whole, key: string) =>
    key === "host" ? host.name : (host.labels[key] ?? whole),
  );
  return { component: component.name, path };
}

export function hostOf({ hosts }: Targets, name: string): Host {
  const host = hosts.get(name);
  if (host === undefined) throw new Error(`the plan names ${name}, which is not in the fleet`);
  return host;
}
