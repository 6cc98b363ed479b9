import { readFile } from "node:fs/promises";
import ssh2, { type ParsedKey } from "ssh2";
import { onceEach } from "../lookup/once.ts";

export type Identities = {
  /** Texts of the private keys that can be used as they are. */
  readonly keys: readonly string[];
  /** The file of each of them. */
  readonly keyFiles: readonly string[];
  /** Public keys of all of them, base64, those too that only an agent can use. */
  readonly publicKeys: readonly string[];
  /** Why a key was left out, a sentence each. A file that does not exist needs none: most of the defaults do not. */
  readonly notes: readonly string[];
};

type Identity = { readonly key?: string; readonly publicKey?: string; readonly note?: string };

export type IdentityLoader = (files: readonly string[]) => Promise<Identities>;

/** Reads identity files, in order. The same ones are asked for with every host of a fleet, and read once. */
export function identityLoader(): IdentityLoader {
  const one = onceEach(loadIdentity);
  return async (files) => {
    const found = await Promise.all(files.map(one));
    return {
      keys: found.flatMap(({ key }) => key ?? []),
      keyFiles: found.flatMap(({ key }, index) => (key === undefined ? [] : (files[index] ?? []))),
      publicKeys: found.flatMap(({ publicKey }) => publicKey ?? []),
      notes: found.flatMap(({ note }) => note ?? []),
    };
  };
}

async function loadIdentity(file: string): Promise<Identity> {
  const text = await textOf(file);
  if (text === undefined) return publicOnly(file);
  if (text instanceof Error) return { note: `${file} cannot be read (${text.message})` };
  const key = parse(text);
  if (key instanceof Error) return { ...(await publicOnly(file)), note: unusable(file, key) };
  const publicKey = key.getPublicSSH().toString("base64");
  return key.isPrivateKey() ? { key: text, publicKey } : { publicKey };
}

/** Beside a key that only an agent can use lies its public half, which says which of the agent's keys it is. */
async function publicOnly(file: string): Promise<Identity> {
  const text = await textOf(`${file}.pub`);
  const blob = typeof text === "string" ? text.trim().split(/\s+/)[1] : undefined;
  return blob === undefined ? {} : { publicKey: blob };
}

function unusable(file: string, error: Error): string {
  return error.message.includes("ncrypted")
    ? `${file} has a passphrase, and no agent holds it: \`ssh-add ${file}\``
    : `${file} is of no kind that ship can use itself; ssh-agent may (${error.message})`;
}

function parse(text: string): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(text);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error("no key in it")) : parsed;
}

async function textOf(file: string): Promise<string | Error | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR") ? undefined : error;
  }
}
