/**
 * What a release is, whole: the bytes by their digest, and how they are brought to life. A host keeps it beside the
 * release's folder, so that a rollback needs nothing else. Times are whole seconds: a shell counts them.
 */
export type Manifest = {
  readonly component: string;
  readonly version: string;
  /** sha256 of the artifact, hex. */
  readonly digest: string;
  /** Bytes of the artifact as sent (tar.gz). */
  readonly size: number;
  readonly activate: string;
  readonly activateWithin: number;
  readonly deactivate: string;
  readonly drain: string;
  readonly drainFor: number;
  readonly undrain: string;
  readonly shared: readonly string[];
  /** sha256 over the sorted environment, hex: names a change of it without showing it. */
  readonly environment: string;
};

/** `name` is `<version>-<first 8 hex of the manifest's sha256>`: the folder under releases/. */
export type Release = { readonly name: string; readonly manifest: Manifest };

/** A version is opaque, and becomes a folder's name: no slash, no space, nothing that a shell or a path reads. */
export function isVersion(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(text) && !text.includes("..");
}

/** `v408-3f2a9c1b` → `v408`. The empty name, of a host without a release, has no version. */
export function versionOf(release: string): string | undefined {
  return /^(.+)-[0-9a-f]{8}$/.exec(release)?.[1];
}

/** The manifest as the one text that is hashed and kept: keys sorted, one a line. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest, Object.keys(manifest).sort(), 1);
}
