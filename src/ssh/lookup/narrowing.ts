import { isIP } from "node:net";
import { algorithmsOf, allHostKeyAlgorithms, hostKeyAlgorithms } from "../login/algorithms.ts";
import type { Target } from "../target.ts";
import type { PinnedKey } from "../trust/known-hosts.ts";
import type { Options } from "./options.ts";

/** What is known of a host's keys, and how far ssh's config lets them be trusted. */
export type Trusting = {
  /** What `ssh -G` says. */
  readonly options: Options;
  readonly pinned: readonly PinnedKey[];
  /** Where the host lies, and what stands before it. */
  readonly place: Place;
  /** Whether ssh checks a host's address where nobody asked for it, as it did before OpenSSH 8.5; asked only where it matters. */
  readonly checksAddresses: () => boolean;
};

type Place = Pick<Target, "address" | "port" | "via">;

/**
 * The keyword by which ssh's config trusts fewer host keys than ssh2 can be held to, the first that does; undefined where
 * none does. RequiredRSASize, of login keys, is the server's matter: only the host's own are looked at.
 */
export function narrowedBy({ options, pinned, place, checksAddresses }: Trusting): string | undefined {
  if (isSet(options.one("revokedhostkeys"))) return "RevokedHostKeys";
  if (isSet(options.one("knownhostscommand"))) return "KnownHostsCommand";
  const left = leftBy(options, pinned);
  if ("noneBy" in left) return left.noneBy;
  return comparesAddress(options, place) && !checksAddresses() ? "CheckHostIP" : undefined;
}

export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "none";
}

/** The known keys that ssh's config lets be trusted, and the algorithms of ssh2 that it does not allow; or what leaves nothing. */
type Left = { readonly pinned: readonly PinnedKey[]; readonly barred: readonly string[] } | { readonly noneBy: string };

/** What ssh's config leaves of a host's known keys. Revoked ones stay in any case: they are trusted by nobody. */
export function leftBy(options: Options, pinned: readonly PinnedKey[]): Left {
  const named = options.one("hostkeyalgorithms")?.split(",");
  const barred = allHostKeyAlgorithms.filter((name) => named?.includes(name) === false);
  const least = Number(options.one("requiredrsasize") ?? 0);
  const allowed = pinned.filter((key) => key.revoked || !isBarred(key, barred));
  const long = allowed.filter((key) => key.revoked || !isShort(key, least));
  const noneOffered = hostKeyAlgorithms({ pinned: long, barred }).length === 0;
  if (noneOffered || isEmptied(pinned, allowed)) return { noneBy: "HostKeyAlgorithms" };
  return isEmptied(allowed, long) ? { noneBy: "RequiredRSASize" } : { pinned: long, barred };
}

function isBarred({ type }: PinnedKey, barred: readonly string[]): boolean {
  const names = algorithmsOf(type);
  return names.length > 0 && names.every((name) => barred.includes(name));
}

function isShort({ type, key }: PinnedKey, least: number): boolean {
  return type === "ssh-rsa" && rsaBits(key) < least;
}

/** Whether nothing that ssh2 can check is left of keys that it could. */
function isEmptied(before: readonly PinnedKey[], after: readonly PinnedKey[]): boolean {
  const checked = (key: PinnedKey) => !key.revoked && algorithmsOf(key.type).length > 0;
  return before.some(checked) && !after.some(checked);
}

/** Whether ssh holds a key against what is known of the address besides: only where it dials another name, and not itself. */
function comparesAddress(options: Options, { address, port, via }: Place): boolean {
  if (options.one("checkhostip") !== "yes" || via !== undefined) return false;
  if (address.toLowerCase() === "localhost" || isLoopback(address)) return false;
  // An alias takes the place of the address as a name; ssh then leaves the address unchecked on its own port alone.
  return isIP(address) === 0 || (port !== 22 && options.one("hostkeyalias") !== undefined);
}

function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
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
