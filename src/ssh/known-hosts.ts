import { createHmac } from "node:crypto";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ShipError } from "../core/error.ts";
import { keyType } from "./fingerprint.ts";
import { blockOf, fits, type SaltedHash, saltedHash } from "./name-hash.ts";

/** A host key that known_hosts names: trusted, or never to be trusted again. `where` is `file:line`. */
export type PinnedKey = {
  readonly type: string;
  /** The public key, base64. */
  readonly key: string;
  readonly revoked: boolean;
  readonly where: string;
  /** It is known under another of the host's names: it lets the host in, and another one beside it is no change. */
  readonly elsewhere?: true;
};

/** One line of known_hosts. `hosts` is the first field as written: a list of patterns, or one hash. */
export type KnownHost = {
  readonly marker: "" | "@revoked" | "@cert-authority";
  readonly hosts: string;
  readonly type: string;
  readonly key: string;
  readonly where: string;
};

/** What is known of a host: its keys, and the lines with a certificate authority, which ship cannot check. */
export type Known = { readonly pinned: readonly PinnedKey[]; readonly authorities: readonly string[] };

/** How known_hosts names a host: `api-05`, or `[api-05]:2222` for a port other than 22. */
export function knownAs(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

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
    ...patterns.filter(({ hosts }) => matches(hosts, name)).map(({ at }) => at),
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

/** Reads known_hosts files; one that does not exist is empty, one that cannot be read is a ShipError `refused`. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const parts = await Promise.all(files.map(readOnce));
  const key = files.join("\n");
  const before = joined.get(key);
  if (before?.parts.every((part, index) => part === parts[index])) return before.lines;
  const lines = parts.flat();
  joined.set(key, { parts, lines });
  return lines;
}

/** What some files held together, as long as none of them is read anew. */
const joined = new Map<
  string,
  { readonly parts: readonly (readonly KnownHost[])[]; readonly lines: readonly KnownHost[] }
>();

/** The lines of a known_hosts file, format of sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT". What is malformed is left out. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split("\n").flatMap((line, index) => parseLine(line, `${file}:${index + 1}`));
}

function parseLine(line: string, where: string): KnownHost[] {
  const fields = line.trim().split(/[ \t]+/);
  const first = fields[0] ?? "";
  if (first === "" || first.startsWith("#")) return [];
  const marker = first.startsWith("@") ? first : "";
  if (marker !== "" && marker !== "@revoked" && marker !== "@cert-authority") return [];
  const [hosts, type, key] = marker === "" ? fields : fields.slice(1);
  if (hosts === undefined || type === undefined || key === undefined) return [];
  // A line whose stated type is not the key's own is damaged, or made up.
  return keyType(Buffer.from(key, "base64")) === type ? [{ marker, hosts, type, key, where }] : [];
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|1|")) return matchesHash(hosts, name);
  return matchesPatterns(hosts.toLowerCase().split(","), name);
}

/** Patterns as known_hosts and ssh_config have them (ssh_config(5), PATTERNS): one must fit, and none that begins with `!`. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matchesPattern(pattern, name))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, name));
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

/** `*` is any text, `?` any one character; everything else is itself, brackets too. */
function matchesPattern(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  // Neighbouring stars mean one, and as one they cannot make the matching slow.
  return new RegExp(`^${escaped.replace(/\*+/g, ".*").replaceAll("?", ".")}$`).test(name);
}

function pinnedKey({ type, key, marker, where }: KnownHost): PinnedKey {
  return { type, key, revoked: marker === "@revoked", where };
}

/** Files as they were read, with the stamp they had: a fleet of a thousand hosts reads known_hosts once. */
const readFiles = new Map<string, { readonly stamp: string; readonly lines: Promise<readonly KnownHost[]> }>();

const noLines: readonly KnownHost[] = [];

async function readOnce(file: string): Promise<readonly KnownHost[]> {
  try {
    // It is looked at for every host, and a look that waits for a thread costs more than the look.
    const stamp = stampOf(file);
    if (stamp === undefined) return noLines;
    const before = readFiles.get(file);
    if (before?.stamp === stamp) return await before.lines;
    const lines = readFile(file, "utf8").then((text) => parseKnownHosts(text, file));
    readFiles.set(file, { stamp, lines });
    return await lines;
  } catch (cause) {
    readFiles.delete(file);
    throw new ShipError("refused", `The known host keys in ${file} cannot be read.`, {
      hint: "Give yourself the right to read it. ship does not guess whom to trust.",
      cause,
    });
  }
}

/** When a file was written last, and its size; undefined when there is none. */
function stampOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.mtimeMs} ${found.size}`;
}
