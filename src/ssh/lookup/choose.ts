import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { ciphers, kex } from "../login/algorithms.ts";
import { isSet, narrowedBy, type Trusting } from "./narrowing.ts";

/** What the config asks for; `auto` is ssh2 wherever it can. */
export type Wanted = "auto" | "ssh2" | "openssh";

/** What is known of a host before anybody connects to it. */
export type Facts = Trusting & {
  /** Where known_hosts trusts a certificate authority for the host. */
  readonly authorities: readonly string[];
  /** Certificates that lie beside its identity files. */
  readonly certificates: readonly string[];
  /** Identity files whose keys lie on a security key (`sk-`). */
  readonly securityKeys: readonly string[];
  /** Whether there is a key, in a file or an agent, that ssh2 can sign with. */
  readonly plainKeys: boolean;
  /** Whether there is a Kerberos ticket; asked only where it matters. */
  readonly hasTicket: () => boolean;
};

/**
 * Why ssh2 cannot connect to a host, in a few words, the first reason that holds; undefined where it can. What only the
 * server knows is found out at the handshake.
 */
export function whyNotSsh2(facts: Facts): string | undefined {
  const { options, certificates, securityKeys, plainKeys } = facts;
  if (isSet(options.one("certificatefile"))) return "CertificateFile";
  if (certificates[0] !== undefined) return `the certificate ${certificates[0]}`;
  if (isSet(options.one("pkcs11provider"))) return "PKCS11Provider";
  if (options.one("proxyusefdpass") === "yes") return "ProxyUseFdpass";
  const bound = ["bindaddress", "bindinterface"].find((keyword) => isSet(options.one(keyword)));
  if (bound !== undefined) return bound === "bindaddress" ? "BindAddress" : "BindInterface";
  const narrowed = narrowedBy(facts);
  if (narrowed !== undefined) return narrowed;
  if (securityKeys[0] !== undefined && !plainKeys) return `the security key ${securityKeys[0]}`;
  if (wantsKerberos(facts)) return "GSSAPIAuthentication";
  const authority = facts.authorities[0];
  if (authority !== undefined && facts.pinned.every((key) => key.revoked)) return `@cert-authority at ${authority}`;
  if (isForeign(options.one("kexalgorithms"), kex)) return "KexAlgorithms";
  return isForeign(options.one("ciphers"), ciphers) ? "Ciphers" : undefined;
}

/** Whether this machine has an `ssh` to start. */
export function hasSystemSsh(): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "ssh"), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

/**
 * Debian's ssh_config turns GSSAPIAuthentication on for everybody, so that alone says nothing. It is wanted where
 * PreferredAuthentications puts it first, or where there is a ticket and no key at all.
 */
function wantsKerberos({ options, plainKeys, securityKeys, hasTicket }: Facts): boolean {
  if (options.one("gssapiauthentication") !== "yes") return false;
  if (options.one("preferredauthentications")?.startsWith("gssapi") === true) return true;
  return !plainKeys && securityKeys.length === 0 && hasTicket();
}

/** Whether ssh's config allows nothing that ssh2 offers. */
function isForeign(allowed: string | undefined, offered: readonly string[]): boolean {
  return allowed !== undefined && !allowed.split(",").some((name) => offered.includes(name));
}
