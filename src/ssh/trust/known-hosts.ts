import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ShipError } from "../../core/error.ts";
import { keyType } from "./fingerprint.ts";

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

/** How known_hosts names a host: `api-05`, or `[api-05]:2222` for a port other than 22. */
export function knownAs(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
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

/** Patterns as known_hosts and ssh_config have them (ssh_config(5), PATTERNS): one must fit, and none that begins with `!`. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matchesPattern(pattern, name))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, name));
}

/** `*` is any text, `?` any one character; everything else is itself, brackets too. */
function matchesPattern(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  // Neighbouring stars mean one, and as one they cannot make the matching slow.
  return new RegExp(`^${escaped.replace(/\*+/g, ".*").replaceAll("?", ".")}$`).test(name);
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
