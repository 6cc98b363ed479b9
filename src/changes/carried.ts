import type { Component } from "../core/component.ts";

/** The files of a release of a flag or a rate; the same state is the same files. */
export type Files = readonly { readonly name: string; readonly text: string }[];

/** What is a flag's or a rate's own. `folder` is that of its kind, under the component's records. */
export type Own = {
  readonly kind: string;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Nothing is restarted, and no host is out of service while it changes, so that all of a stage may change at once. */
const all = { type: "percent", percent: 100 } as const;

/** ms: a small file is written, under a lock that others hold as long as that takes. */
const applyWithin = 15_000;

/** A component's policy for what travels beside its releases: in a tree of its own, applied by its own programs. */
export function carried(carrier: Component, { kind, name, env }: Own): Component {
  const { fetch: _, spread: __, ...policy } = carrier;
  const { healthy } = carrier;
  return {
    ...policy,
    name: `${kind}:${name}`,
    tree: `${carrier.path}/.ship/${kind}s/${name}`,
    source: madeFrom(kind, name),
    shared: [],
    env,
    activate: "sh ./apply",
    activateWithin: applyWithin,
    deactivate: "sh ./remove",
    drain: undefined,
    undrain: undefined,
    // The service goes on running: that it answers is all that can be asked of it.
    healthy: healthy === undefined ? undefined : { ...healthy, proof: "none" },
    once: [],
    maxUnavailable: all,
    rollback: { maxUnavailable: all },
  };
}

/** Where the files of each of its states are made, relative to the config's folder. */
export function stateFolder(component: Component, version: string): string {
  const [kind = "", name = ""] = component.name.split(":");
  return madeFrom(kind, name).path.replace("{version}", version);
}

function madeFrom(kind: string, name: string): { readonly type: "dir"; readonly path: string } {
  return { type: "dir", path: `.ship/changes/${kind}s/${name}/{version}` };
}

/**
 * In an emergency all hosts are one step: nothing is waited for or measured, and one that fails keeps none of the others
 * from their new state.
 */
export function atOnce(component: Component): Component {
  const widest = component.stages.at(-1);
  const stage = { bake: 0, longestBake: 0, share: undefined, maxFailed: all };
  const stages = widest === undefined ? [] : [{ cohort: widest.cohort, ...stage }];
  return { ...unwatched(component), stages, maxFailed: all, onFailure: "hold", metrics: [], assertions: [] };
}

/** The component where nobody asks how the service is. */
export function unwatched(component: Component): Component {
  const { parts } = component;
  const quiet = { ...component, healthy: undefined };
  if (parts === undefined) return quiet;
  return { ...quiet, parts: parts.map((part) => ({ ...part, component: unwatched(part.component) })) };
}
