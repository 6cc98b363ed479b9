import { join } from "node:path";
import { buildRelease } from "../artifacts/release.ts";
import { resolveArtifact } from "../artifacts/resolve.ts";
import type { Component } from "../core/component.ts";
import type { Cargo } from "./roll.ts";

/** A version's bytes, brought here and checked, and the release that they make under the present config. */
export async function resolveCargo(component: Component, version: string): Promise<Cargo> {
  const { name, source, root } = component;
  const cache = join(root, ".ship", "cache");
  const resolved = await resolveArtifact({ component: name, version, source, root, cache, env: process.env });
  const { archive, wire, origin } = resolved;
  const parcel = { archive, sha256: wire.sha256, size: wire.size, ...(origin === undefined ? {} : { origin }) };
  return { release: buildRelease(component, resolved), ...parcel };
}
