import type { Component } from "../core/component.ts";
import type { Declared } from "./declared.ts";
import { flag } from "./flag.ts";
import { rate } from "./rate.ts";

/**
 * A kind of change besides the release. Each of them travels as a small release of its own: in a tree of its own under the
 * component's, with the component's cohorts, assertions and health, so that the engine need not know which one it carries.
 */
export type Kind = {
  /** The names that are declared. */
  readonly names: (declared: Declared) => readonly string[];
  /** The component whose service reads it; undefined where it is not declared. */
  readonly carrier: (name: string, declared: Declared) => string | undefined;
  /** How it is rolled out: the component's policy, with its own bytes and its own way of taking effect. */
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

/** The component that `flag:lxc` or `rate:publish` is about; undefined where it is neither, or not declared. */
export function carrierOf(text: string, declared: Declared): string | undefined {
  const found = split(text);
  return found?.kind.carrier(found.name, declared);
}

/** A component, or a flag or rate as one. */
export function changeOf(
  text: string,
  components: ReadonlyMap<string, Component>,
  declared: Declared,
): Component | undefined {
  const found = split(text);
  if (found === undefined) return components.get(text);
  const carrier = components.get(found.kind.carrier(found.name, declared) ?? "");
  return carrier === undefined ? undefined : found.kind.component(found.name, carrier, declared);
}

/** The changes that are judged by the same service: one of them goes forward at a time, so that blame is clear. */
export function besides(
  component: Component,
  components: ReadonlyMap<string, Component>,
  declared: Declared,
): readonly Component[] {
  const carrier = carrierOf(component.name, declared) ?? component.name;
  const changes = Object.entries(kinds).flatMap(([word, kind]) =>
    kind
      .names(declared)
      .filter((name) => kind.carrier(name, declared) === carrier)
      .map((name) => `${word}:${name}`),
  );
  return [carrier, ...changes].flatMap((name) => {
    const other = name === component.name ? undefined : changeOf(name, components, declared);
    return other === undefined ? [] : [other];
  });
}
