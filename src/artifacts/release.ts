import { createHash } from "node:crypto";
import type { Component } from "../core/component.ts";
import { type Manifest, manifestText, type Release } from "../core/release.ts";
import type { Resolved } from "./resolve.ts";

/** The release that a component's version makes under its present config: another way to activate it is another release. */
export function buildRelease(component: Component, resolved: Pick<Resolved, "version" | "digest" | "size">): Release {
  const manifest: Manifest = {
    component: component.name,
    version: resolved.version,
    digest: resolved.digest,
    size: resolved.size,
    activate: component.activate,
    activateWithin: seconds(component.activateWithin),
    deactivate: component.deactivate ?? "",
    drain: component.drain?.run ?? "",
    drainFor: seconds(component.drain?.for ?? 0),
    undrain: component.undrain ?? "",
    shared: component.shared,
    environment: sha256(environmentText(component.env)),
  };
  return { name: `${resolved.version}-${sha256(manifestText(manifest)).slice(0, 8)}`, manifest };
}

/** Whole seconds, and never less time than was asked for. */
function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/** By code unit, which no locale changes. */
function environmentText(env: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(env).sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
