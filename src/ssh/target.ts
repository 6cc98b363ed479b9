import type { PinnedKey } from "./trust/known-hosts.ts";
import type { Memory } from "./trust/remember.ts";

/** Everything that is needed to log in to one host, worked out beforehand: nothing is asked or looked up while connecting. */
export type Target = {
  /** The host as known_hosts names it: `api-05`, `[10.0.0.5]:2222`. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The only family in which its address may be looked up and dialled (AddressFamily); left out: both, the first that answers. */
  readonly family?: 4 | 6;
  readonly user: string;
  /** Private keys, as their files' texts, in the order in which they are tried. */
  readonly keys: readonly string[];
  /** Where each of `keys` was read, for those who ask what was used. */
  readonly keyFiles?: readonly string[];
  /** Path of ssh-agent's socket; its keys are tried last. */
  readonly agent: string | undefined;
  /** The only keys of the agent that may be tried, as public keys in base64; undefined is all. */
  readonly agentKeys: readonly string[] | undefined;
  /** Keys of the agent to try before its others, as public keys in base64: a server counts each that is tried. */
  readonly agentFirst?: readonly string[];
  /** Host keys that are known. None known is a host that is not talked to. */
  readonly pinned: readonly PinnedKey[];
  /** Host key algorithms that ssh's config does not allow, of those that ssh2 would ask for; left out: none. */
  readonly barred?: readonly string[];
  /** Where known_hosts trusts a certificate authority for this host: for the complaint only. */
  readonly authorities: readonly string[];
  /** The known_hosts files that were read. */
  readonly knownHosts: readonly string[];
  /** Where a key that a person has come to trust is written; left out: nowhere. */
  readonly memory?: Memory;
  /** Why keys were left out, a sentence each, for the complaint when the login fails. */
  readonly notes: readonly string[];
  /** What stands between here and its port; left out: nothing, its address is dialled. */
  readonly via?: Via;
  /** How the system's ssh would connect; left out: it cannot. */
  readonly system?: System;
};

/** `way` leads to the host, as arguments of ssh; `why` it must connect, in a few words (`CertificateFile`); undefined: ssh2 can. */
export type System = { readonly way: readonly string[]; readonly why: string | undefined };

/** Another host, which may itself lie behind one, or a command whose stdin and stdout are the way (ProxyCommand). */
export type Via =
  | { readonly type: "jump"; readonly target: Target }
  | { readonly type: "command"; readonly command: string };
