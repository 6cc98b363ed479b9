import { createHmac, randomBytes } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { ShipError } from "../../core/error.ts";
import { keyType } from "./fingerprint.ts";
import type { Contact } from "./first-contact.ts";

/** Where a new key is written, and whether the name beside it is hashed (HashKnownHosts). */
export type Memory = { readonly file: string; readonly hashed: boolean };

/**
 * Adds keys to known_hosts, each line whole in one write at the file's end, so that others may add theirs at the same
 * time; a new file is its owner's alone. ShipError `refused` where it cannot be written.
 */
export async function remember({ file, hashed }: Memory, contacts: readonly Contact[]): Promise<void> {
  const lines = contacts.map(({ target, key }) => {
    const name = hashed ? hash(target.name) : target.name;
    return `${name} ${keyType(key)} ${Buffer.from(key).toString("base64")}\n`;
  });
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const known = await open(file, "a+", 0o600);
    try {
      await known.write(`${await gap(known)}${lines.join("")}`);
      await known.sync();
    } finally {
      await known.close();
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ShipError("refused", `The host keys could not be written to ${file}: ${why}`, {
      hint: "See to whom that file and its folder belong.",
      cause,
    });
  }
}

/** A last line without an end would swallow the first new one. */
async function gap(file: Awaited<ReturnType<typeof open>>): Promise<string> {
  const { size } = await file.stat();
  if (size === 0) return "";
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString("latin1") === "\n" ? "" : "\n";
}

/** As ssh hashes names: `|1|salt|HMAC-SHA1 of the name`, so that the file does not tell whom one reaches. */
function hash(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}
