import { mkdtemp, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { ShipError } from "../core/error.ts";
import type { Address } from "../core/origin.ts";
import { isVersion } from "../core/release.ts";
import { diskTrouble, pruneCache, writableCache } from "./cache.ts";
import { quoted } from "./entry.ts";
import { nodesOf } from "./folder.ts";
import { SourceSpec, sources } from "./index.ts";
import { findKept, type Kept, keepArchive, keepNodes } from "./keep.ts";
import type { Fetched, Listing, Place } from "./source.ts";
import { nodesInTar } from "./unpacked.ts";

export type Request = {
  readonly component: string;
  /** A version's name, `latest`, or a semver range. */
  readonly version: string;
  /** As in the config; checked against `SourceSpec` again. */
  readonly source: { readonly type: string };
  /** The config's folder. */
  readonly root: string;
  /** A folder for archives, made when it is missing. */
  readonly cache: string;
  /** What programs (git, npm, a command) get as their environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
};

export type Resolved = {
  /** The name of one version. */
  readonly version: string;
  /** Path of a tar.gz in the cache, whose bytes never change. */
  readonly archive: string;
  /** Names the content, on any machine: see `Kept.identity`. For the manifest. */
  readonly digest: string;
  readonly size: number;
  /** Of the file `archive`: what is sent to a host, and what the host checks. Differs from `digest` for packed folders. */
  readonly wire: { readonly sha256: string; readonly size: number };
  /** Where that file's bytes lie for the hosts, where the source is such a place. */
  readonly origin?: Address;
};

/**
 * Brings a version's bytes here, scanned, and names them. Throws ShipError: `usage` for a version that is not there,
 * `unreachable` for a source that is not, `refused` for bytes that are not as promised or not safe to unpack.
 */
export async function resolveArtifact(asked: Request): Promise<Resolved> {
  if (!asked.component.split(":").every(isVersion)) throw badName("component", asked.component);
  // semver reads every version in no text at all.
  if (asked.version.trim() === "") throw badName("version", asked.version);
  const request = { ...asked, cache: writableCache(asked.cache) };
  const resolved = await resolveInto(request).catch((error: unknown) => {
    throw diskTrouble(error, request.cache);
  });
  const now = new Date();
  await utimes(resolved.archive, now, now).catch(() => {});
  await pruneCache(request.cache, now.getTime());
  return resolved;
}

async function resolveInto(request: Request): Promise<Resolved> {
  const scratch = await mkdtemp(join(request.cache, ".scratch-"));
  try {
    const found = await find(request, placeOf(request, scratch));
    const { archive, identity, wire } = await keep(request.cache, found);
    const { fetched } = found;
    const origin = fetched.type === "archive" && fetched.origin !== undefined ? { origin: fetched.origin } : {};
    return { version: found.version, archive, digest: identity.sha256, size: identity.size, wire, ...origin };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Found = {
  readonly version: string;
  readonly name: string;
  readonly fetched: Exclude<Fetched, { type: "unknown" }>;
};

function placeOf(request: Request, scratch: string): Place {
  const { component, root, env } = request;
  return { component, root, env, scratch, kept: (sha256) => findKept(request.cache, sha256) };
}

async function find(request: Request, place: Place): Promise<Found> {
  const spec = SourceSpec.parse(request.source);
  const source = sources[spec.type];
  const { version: wanted, component } = request;
  const naming = isPlain(wanted) ? undefined : await import("./version.ts");
  const listing = naming?.needsList(wanted) ? await source.list(spec, place) : undefined;
  const version = (listing && naming?.pick(wanted, listing)) ?? (await exact(request, listing));
  const fetched = await source.fetch(spec, version, place);
  if (fetched.type !== "unknown") return { version, fetched, name: `${component} ${version}` };
  throw await unknownVersion(request, listing ?? (await source.list(spec, place).catch(() => undefined)));
}

/** `v408` is a name whatever is listed: semver, which reads all others, need not be loaded for it. */
function isPlain(wanted: string): boolean {
  return /^v\d+$/.test(wanted);
}

/** The text itself, as a name; a source may have more than it lists (a commit, a branch). */
async function exact(request: Request, listing: Listing | undefined): Promise<string> {
  const { version, component, source } = request;
  if (version !== "latest" && isVersion(version)) return version;
  if (listing !== undefined) throw await unknownVersion(request, listing);
  const { needsList } = await import("./version.ts");
  if (!needsList(version)) throw badName("version", version);
  throw new ShipError(
    "usage",
    `${quoted(version)} needs a list of ${component}'s versions, and its source (${source.type}) has none`,
    {
      hint: "Name one version, or give the source a list where it takes one (http: list).",
    },
  );
}

function badName(what: "component" | "version", text: string): ShipError {
  return new ShipError("usage", `${quoted(text)} cannot be the name of a ${what}`, {
    hint: "A name has letters, digits and . _ + - only, starts with a letter or a digit, and has at most 128 of them.",
  });
}

async function unknownVersion(request: Request, listing: Listing | undefined): Promise<ShipError> {
  const { nearest, newest } = await import("./version.ts");
  const versions = newest((listing?.versions ?? []).filter(isVersion));
  const near = nearest(request.version, versions);
  const some = versions.slice(0, 10).join(", ");
  return new ShipError("usage", `${request.component} has no version ${quoted(request.version)}`, {
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    details:
      versions.length === 0
        ? []
        : [
            `there ${versions.length === 1 ? "is" : "are"} ${some}${versions.length > 10 ? ` and ${versions.length - 10} older ones` : ""}`,
          ],
  });
}

async function keep(cache: string, { fetched, name }: Found): Promise<Kept> {
  switch (fetched.type) {
    case "folder":
      return keepNodes(cache, await nodesOf(fetched.path), name);
    case "tar":
      return keepNodes(cache, await nodesInTar(fetched, name), name);
    case "archive":
      return keepArchive(cache, fetched, name);
  }
}
