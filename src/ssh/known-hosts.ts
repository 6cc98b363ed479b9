import { createHmac } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { ShipError } from "../core/error.ts";
import { keyType } from "./fingerprint.ts";

/** A host key that known_hosts names: trusted, or never to be trusted again. `where` is `file:line`. */
export type PinnedKey = {
  readonly type: string;
  /** The public key, base64. */
  readonly key: string;
  readonly revoked: boolean;
  readonly where: string;
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
 * Looks `names` up in `lines`. The first name that has a key decides, as ssh falls back from `[host]:port` to `host`;
 * a revocation under any of them stands.
 */
export function keysFor(lines: readonly KnownHost[], names: readonly string[]): Known {
  const found = names.map((name) => lines.filter((line) => matches(line.hosts, name)));
  const trusted = found.map((some) => some.filter((line) => line.marker === "")).find((some) => some.length > 0) ?? [];
  const every = found.flat();
  const revoked = every.filter((line) => line.marker === "@revoked");
  return {
    pinned: [...revoked, ...trusted].map(pinnedKey),
    authorities: every.filter((line) => line.marker === "@cert-authority").map((line) => line.where),
  };
}

/** Reads known_hosts files; one that does not exist is empty, one that cannot be read is a ShipError `refused`. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  return (await Promise.all(files.map(readOnce))).flat();
}

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
  const patterns = hosts.toLowerCase().split(",");
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

async function readOnce(file: string): Promise<readonly KnownHost[]> {
  try {
    const { mtimeMs, size } = await stat(file);
    const stamp = `${mtimeMs} ${size}`;
    const before = readFiles.get(file);
    if (before?.stamp === stamp) return await before.lines;
    const lines = readFile(file, "utf8").then((text) => parseKnownHosts(text, file));
    readFiles.set(file, { stamp, lines });
    return await lines;
  } catch (cause) {
    readFiles.delete(file);
    if (cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return [];
    throw new ShipError("refused", `The known host keys in ${file} cannot be read.`, {
      hint: "Give yourself the right to read it. ship does not guess whom to trust.",
      cause,
    });
  }
}
