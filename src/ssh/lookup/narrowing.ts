import { hostKeyAlgorithms } from "../login/algorithms.ts";
import type { PinnedKey } from "../trust/known-hosts.ts";
import type { Options } from "./options.ts";

/** What is known of a host's keys, and how far ssh's config lets them be trusted. */
export type Trusting = {
  /** What `ssh -G` says. */
  readonly options: Options;
  readonly pinned: readonly PinnedKey[];
  /** Whether ssh checks a host's address where nobody asked for it, as it did before OpenSSH 8.5; asked only where it matters. */
  readonly checksAddresses: () => boolean;
};

/**
 * The keyword by which ssh's config trusts fewer host keys than ssh2 would, the first that does; undefined where none does.
 * RequiredRSASize, of login keys, is the server's matter: only the host's own are looked at.
 */
export function narrowedBy({ options, pinned, checksAddresses }: Trusting): string | undefined {
  const standing = pinned.filter((key) => !key.revoked);
  if (isSet(options.one("revokedhostkeys"))) return "RevokedHostKeys";
  if (isSet(options.one("knownhostscommand"))) return "KnownHostsCommand";
  if (standing.length > 0 && forbids(options, standing)) return "HostKeyAlgorithms";
  const least = Number(options.one("requiredrsasize") ?? 0);
  if (standing.some((key) => key.type === "ssh-rsa" && rsaBits(key.key) < least)) return "RequiredRSASize";
  return options.one("checkhostip") === "yes" && !checksAddresses() ? "CheckHostIP" : undefined;
}

export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "none";
}

/** Whether ssh would turn an algorithm down that ssh2 asks for. */
function forbids(options: Options, standing: readonly PinnedKey[]): boolean {
  const allowed = options.one("hostkeyalgorithms")?.split(",");
  return allowed !== undefined && hostKeyAlgorithms(standing).some((name) => !allowed.includes(name));
}

/** The length of an RSA key's modulus, its third field (RFC 4253, 6.6); 0 where that cannot be read. */
function rsaBits(key: string): number {
  const bytes = Buffer.from(key, "base64");
  let at = 0;
  for (let field = 0; field < 2; field += 1) {
    if (at + 4 > bytes.length) return 0;
    at += 4 + bytes.readUInt32BE(at);
  }
  const modulus = bytes
    .subarray(at + 4)
    .toString("hex")
    .replace(/^0+/, "");
  const first = Number.parseInt(modulus.slice(0, 1), 16);
  return modulus === "" ? 0 : (modulus.length - 1) * 4 + (32 - Math.clz32(first));
}
