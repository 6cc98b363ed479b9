import { createHash } from "node:crypto";

/** A public key's fingerprint as OpenSSH shows it: `SHA256:…`, base64 without padding. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The type that a public key states of itself, in its first length-prefixed text (RFC 4253, 6.6); empty when there is none. */
export function keyType(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  if (bytes.length < 4) return "";
  const length = bytes.readUInt32BE(0);
  return length > 64 || bytes.length < 4 + length ? "" : bytes.toString("latin1", 4, 4 + length);
}
