import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from "ssh2";
import type { Target } from "../target.ts";
import type { PinnedKey } from "../trust/known-hosts.ts";

/**
 * What we offer, in order, and nothing else. AES-GCM alone leaves nothing open to Terrapin (CVE-2023-48795) with a peer
 * that knows no strict key exchange; without SHA-1 nothing old is accepted. ssh2 has no post-quantum exchange. Each sshd
 * since OpenSSH 7.3 has these, also one that is bound to FIPS 140 (group 16 and GCM).
 */
export const kex: KexAlgorithm[] = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
];

export const ciphers: CipherAlgorithm[] = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];

/** Named in the offer though GCM needs none: an empty list is no offer. */
export const macs: MacAlgorithm[] = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"];

/** Key types that we can check, and the signature algorithms that show possession of each. */
const signatures: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/**
 * The host key algorithms to ask for when these keys are known: a host with keys of several types must show one that can
 * be compared. When none is known all are asked for, so that the complaint can name the key that was shown; those first
 * that are known under another of its names. What ssh's config bars is asked for in no case.
 */
export function hostKeyAlgorithms({
  pinned,
  barred = [],
}: Pick<Target, "pinned" | "barred">): ServerHostKeyAlgorithm[] {
  const standing = pinned.filter((key) => !key.revoked);
  const own = typesOf(standing.filter((key) => key.elsewhere === undefined));
  const known = own.length > 0 ? own : [...new Set([...typesOf(standing), ...Object.keys(signatures)])];
  return known.flatMap(algorithmsOf).filter((name) => !barred.includes(name));
}

/** The algorithms by which a host shows that it has a key of `type`; none where ssh2 cannot check such a key. */
export function algorithmsOf(type: string): readonly ServerHostKeyAlgorithm[] {
  return signatures[type] ?? [];
}

/** Every host key algorithm that ssh2 is ever to ask for. */
export const allHostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = Object.values(signatures).flat();

function typesOf(keys: readonly PinnedKey[]): readonly string[] {
  return Object.keys(signatures).filter((type) => keys.some((key) => key.type === type));
}
