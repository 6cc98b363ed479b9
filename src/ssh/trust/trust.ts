import type { Target } from "../target.ts";
import { fingerprint, keyType } from "./fingerprint.ts";
import type { PinnedKey } from "./known-hosts.ts";

/** Why `target` must not be talked to after it showed `key`; undefined when it showed a key that is known and stands. */
export function keyFault(target: Target, key: Uint8Array): string | undefined {
  const shown = Buffer.from(key).toString("base64");
  const same = target.pinned.filter((pinned) => pinned.key === shown);
  const revoked = same.find((pinned) => pinned.revoked);
  if (revoked !== undefined) return `its host key ${name(shownKey(key))} is marked @revoked at ${revoked.where}`;
  return same.length > 0 ? undefined : strangeFault(target, shownKey(key));
}

/** A host key as it is shown to people. */
export type Shown = { readonly type: string; readonly fingerprint: string };

/** Why `target` must not be talked to after it showed a key that is not known of it. */
export function strangeFault(target: Target, shown: Shown): string {
  const known = target.pinned.filter((pinned) => !pinned.revoked && pinned.elsewhere === undefined);
  return known.length === 0 ? unknown(target, shown) : changed(target, shown, known);
}

/** Whether nothing at all is known of the target's key: the only state in which a person may be asked to trust one. */
export function isUnknown(target: Target): boolean {
  return target.pinned.every((pinned) => pinned.revoked || pinned.elsewhere === true);
}

/** Why `target` must not be talked to when it shows no key of any type that is known of it. */
export function typesFault(target: Target): string {
  const own = target.pinned.filter((pinned) => !pinned.revoked && pinned.elsewhere === undefined);
  const types = own.map((pinned) => pinned.type);
  const known = types.length === 0 ? "that ship can check" : `of the known type (${[...new Set(types)].join(", ")})`;
  return `${target.name} shows no host key ${known}; if its keys were changed on purpose: ${howToTrust("ed25519")}`;
}

function unknown(target: Target, shown: Shown): string {
  const authority = target.authorities[0];
  const certified = target.system?.why === undefined ? "only the system's ssh can check" : "has not certified it";
  const certificates =
    authority === undefined ? "" : ` (${authority} trusts a certificate authority, which ${certified})`;
  const looked = target.knownHosts.join(", ") || "no known_hosts file";
  return (
    `no host key is known for ${target.name} in ${looked}${certificates}${elsewhere(target)}; it shows ${name(shown)}: ` +
    howToTrust(shown.type)
  );
}

/** On one address many servers may listen, so another key without the port is no change; but it is worth a word. */
function elsewhere(target: Target): string {
  const other = target.pinned.find((pinned) => !pinned.revoked && pinned.elsewhere === true);
  return other === undefined ? "" : ` (${other.where} knows another key without its port, or by another name)`;
}

function changed(target: Target, shown: Shown, known: readonly PinnedKey[]): string {
  const ofType = known.filter((pinned) => pinned.type === shown.type);
  const file = known[0]?.where.replace(/:\d+$/, "");
  const expected = (ofType.length > 0 ? ofType : known)
    .map((pinned) => `${name(shownKey(Buffer.from(pinned.key, "base64")))} at ${pinned.where}`)
    .join(", ");
  return (
    `the host key of ${target.name} has changed: known is ${expected}, shown is ${name(shown)}. ` +
    "Either it was set up anew, or somebody stands in between. " +
    `If it was set up anew: \`ssh-keygen -R '${target.name}' -f ${file}\`, then ${howToTrust(shown.type)}`
  );
}

function shownKey(key: Uint8Array): Shown {
  return { type: keyType(key), fingerprint: fingerprint(key) };
}

function name(shown: Shown): string {
  return `${shown.type} ${shown.fingerprint}`;
}

/** The fingerprint must come by another way than the network that the key came by, or comparing means nothing. */
function howToTrust(type: string): string {
  const short = type.replace(/^ssh-/, "").replace(/^ecdsa.*/, "ecdsa");
  return (
    `compare with \`ssh-keygen -lf /etc/ssh/ssh_host_${short}_key.pub\` on the host's own console, ` +
    "then `ship doctor --trust`"
  );
}
