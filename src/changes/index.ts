import type { Component } from "../core/component.ts";
import type { Fleet } from "../core/fleet.ts";
import type { Declared } from "./declared.ts";
import { flag } from "./flag.ts";
import { joined } from "./joined.ts";
import { rate } from "./rate.ts";

/**
 * A kind of change besides the release. Each of them travels as a small release of its own: in a tree of its own under the
 * component's, with the component's cohorts, assertions and health, so that the engine need not know which one it carries.
 */
export type Kind = {
  /** The names that are declared. */
  readonly names: (declared: Declared) => readonly string[];
  /** The components whose services read it; none where it is not declared. */
  readonly carriers: (name: string, declared: Declared) => readonly string[];
  /** How it is rolled out in one of them: the component's policy, with its own bytes and its own way of taking effect. */
  readonly component: (name: string, carrier: Component, declared: Declared) => Component;
};

const kinds: Readonly<Record<string, Kind>> = { flag, rate };

/** `flag:lxc` is two words; `api` is none. */
function split(text: string): { readonly kind: Kind; readonly name: string } | undefined {
  const at = text.indexOf(":");
  const word = text.slice(0, Math.max(0, at));
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined;
  return kind === undefined ? undefined : { kind, name: text.slice(at + 1) };
}

/** The components that `flag:lxc` or `rate:publish` is about; none where it is neither, or not declared. */
export function carriersOf(text: string, declared: Declared): readonly string[] {
  const found = split(text);
  return found === undefined ? [] : found.kind.carriers(found.name, declared);
}

/** What the config has of all this. */
type Config = {
  readonly components: ReadonlyMap<string, Component>;
  readonly declared: Declared;
  readonly fleet: Fleet;
};

/** A component, or a flag or rate as one: of several services, where several read it. */
export function changeOf(text: string, { components, declared, fleet }: Config): Component | undefined {
  const found = split(text);
  if (found === undefined) return components.get(text);
  const names = found.kind.carriers(found.name, declared);
  const services = names.flatMap((name) => {
    const carrier = components.get(name);
    return carrier === undefined ? [] : [{ name, component: found.kind.component(found.name, carrier, declared) }];
  });
  const [first] = services;
  if (first === undefined || services.length < names.length) return undefined;
  return services.length === 1 ? first.component : joined(first.component, services, fleet);
}

/** The changes that are judged by one of the same services: one of them goes forward at a time, so that blame is clear. */
export function besides(component: Component, config: Config): readonly Component[] {
  const own = servicesOf(component.name, config.declared);
  const changes = Object.entries(kinds).flatMap(([word, kind]) =>
    kind.names(config.declared).map((name) => `${word}:${name}`),
  );
  return [...own, ...changes]
    .filter((name) => name !== component.name)
    .filter((name) => servicesOf(name, config.declared).some((service) => own.includes(service)))
    .flatMap((name) => changeOf(name, config) ?? []);
}

/** A component is read by its own service alone. */
function servicesOf(text: string, declared: Declared): readonly string[] {
  return split(text) === undefined ? [text] : carriersOf(text, declared);
}
