import { access, readFile } from "node:fs/promises";
import { onceEach } from "../lookup/once.ts";

/** What ssh would make of identity files, and ssh2 cannot. */
export type Kinds = {
  /** Certificates that lie beside them. */
  readonly certificates: readonly string[];
  /** Those whose keys lie on a security key. */
  readonly securityKeys: readonly string[];
};

/** Looks at identity files; the same ones are asked about for every host of a fleet, and looked at once. */
export function kindsOfFiles(): (files: readonly string[]) => Promise<Kinds> {
  const one = onceEach(kindsOf);
  return async (files) => {
    const all = await Promise.all(files.map(one));
    return {
      certificates: all.flatMap(({ certificates }) => certificates),
      securityKeys: all.flatMap(({ securityKeys }) => securityKeys),
    };
  };
}

async function kindsOf(file: string): Promise<Kinds> {
  const certificate = `${file}-cert.pub`;
  const [certified, type] = await Promise.all([exists(certificate), typeOf(`${file}.pub`)]);
  return { certificates: certified ? [certificate] : [], securityKeys: type.startsWith("sk-") ? [file] : [] };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** A public key file says its type first; empty where there is none. */
async function typeOf(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimStart().split(/\s/, 1)[0] ?? "";
}
