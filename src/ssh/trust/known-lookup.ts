import { createHmac } from "node:crypto";
import { type KnownHost, matchesPatterns, type PinnedKey } from "./known-hosts.ts";
import { blockOf, fits, type SaltedHash, saltedHash } from "./name-hash.ts";

/** What is known of a host: its keys, and the lines with a certificate authority, which ssh2 cannot check. */
export type Known = { readonly pinned: readonly PinnedKey[]; readonly authorities: readonly string[] };

/**
 * Looks `names` up in `lines`, the host's own name first. Where that has a key it alone decides; otherwise the keys of the
 * other names are good too, as ssh falls back from `[host]:port` to `host`. A revocation under any of them stands.
 */
export function keysFor(lines: readonly KnownHost[], names: readonly string[]): Known {
  const [own = "", ...others] = names;
  const every = matching(lines, names);
  const plain = (name: string) => matching(lines, [name]).filter(isPlain);
  const trusted = plain(own).map(pinnedKey);
  const elsewhere = others.map(plain).find((some) => some.length > 0) ?? [];
  const revoked = every.filter((line) => line.marker === "@revoked").map(pinnedKey);
  const good =
    trusted.length > 0 ? trusted : elsewhere.map((line) => ({ ...pinnedKey(line), elsewhere: true }) as const);
  return {
    pinned: [...revoked, ...good],
    authorities: every.filter((line) => line.marker === "@cert-authority").map((line) => line.where),
  };
}

/** The lines that speak of a host under any of `names`, each once, with their marks, in their order. */
export function matching(lines: readonly KnownHost[], names: readonly string[]): readonly KnownHost[] {
  const index = indexOf(lines);
  const places = new Set(names.flatMap((name) => placesOf(index, name)));
  return [...places].sort((a, b) => a - b).flatMap((at) => lines[at] ?? []);
}

/** A name is looked up more than once, and each hashed line has to be tried for it. */
function placesOf({ spelled, patterns, hashed, found }: Index, name: string): readonly number[] {
  const before = found.get(name);
  if (before !== undefined) return before;
  const block = blockOf(name);
  const places = [
    ...(spelled.get(name) ?? []),
    ...patterns.filter(({ hosts }) => matchesPatterns(hosts.toLowerCase().split(","), name)).map(({ at }) => at),
    ...hashed
      .filter(({ hosts, salted }) =>
        block === undefined || salted === undefined ? matchesHash(hosts, name) : fits(salted, block),
      )
      .map(({ at }) => at),
  ];
  found.set(name, places);
  return places;
}

/** Where each name is spelled out, and the lines of patterns and hashes, which have to be tried: a thousand hosts have a thousand lines. */
type Index = {
  readonly spelled: ReadonlyMap<string, readonly number[]>;
  readonly patterns: readonly Tried[];
  readonly hashed: readonly (Tried & { readonly salted: SaltedHash | undefined })[];
  /** Where names were found that were looked up before. */
  readonly found: Map<string, readonly number[]>;
};

type Tried = { readonly at: number; readonly hosts: string };

const indexes = new WeakMap<readonly KnownHost[], Index>();

function indexOf(lines: readonly KnownHost[]): Index {
  const before = indexes.get(lines);
  if (before !== undefined) return before;
  const spelled = new Map<string, number[]>();
  const patterns: Tried[] = [];
  const hashed: (Tried & { readonly salted: SaltedHash | undefined })[] = [];
  for (const [at, { hosts }] of lines.entries()) {
    if (hosts.startsWith("|1|")) hashed.push({ at, hosts, salted: saltOf(hosts) });
    else if (/[*?!|]/.test(hosts)) patterns.push({ at, hosts });
    else for (const name of hosts.toLowerCase().split(",")) spelled.set(name, [...(spelled.get(name) ?? []), at]);
  }
  const index: Index = { spelled, patterns, hashed, found: new Map() };
  indexes.set(lines, index);
  return index;
}

function isPlain(line: KnownHost): boolean {
  return line.marker === "";
}

function pinnedKey({ type, key, marker, where }: KnownHost): PinnedKey {
  return { type, key, revoked: marker === "@revoked", where };
}

/** `|1|salt|hash`, where hash is HMAC-SHA1 of the name with the salt as its key. */
function matchesHash(hosts: string, name: string): boolean {
  const [, , salt, hash] = hosts.split("|");
  if (salt === undefined || hash === undefined) return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function saltOf(hosts: string): SaltedHash | undefined {
  const [, , salt = "", hash = ""] = hosts.split("|");
  return saltedHash(Buffer.from(salt, "base64"), Buffer.from(hash, "base64"));
}
