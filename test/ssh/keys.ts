import ssh2 from "ssh2";
import type { PinnedKey } from "../../src/ssh/trust/known-hosts.ts";

export type KeyPair = { readonly private: string; readonly public: string };

/** An ed25519 key pair in OpenSSH's formats. ssh2 drops leading zeros of the public half, so one key in 256 is spoilt. */
export function makeKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (blob(pair.public).length === 51) return pair;
  }
}

/** `type base64` → the key's bytes. */
export function blob(publicLine: string): Buffer {
  return Buffer.from(publicLine.split(" ")[1] ?? "", "base64");
}

export function pin(publicLine: string, revoked = false): PinnedKey {
  const [type = "", key = ""] = publicLine.split(" ");
  return { type, key, revoked, where: "known_hosts:1" };
}
