import ssh2, { type AnyAuthMethod, type IdentityCallback, type KnownPublicKeys, type ParsedKey } from "ssh2";
import type { Target } from "./target.ts";

/** Ways to log in, in order: the keys, then the agent's. No password, no questions, and no "none" that costs a round trip. */
export function logins(target: Target): AnyAuthMethod[] {
  const username = target.user;
  const keys = target.keys.map((key): AnyAuthMethod => ({ type: "publickey", username, key }));
  if (target.agent === undefined || target.agentKeys?.length === 0) return keys;
  return [...keys, { type: "agent", username, agent: new SomeKeys(target.agent, target.agentKeys) }];
}

/** Why a login failed, with what was tried, so that nobody has to guess which key was used. */
export function loginFault(target: Target, errors: readonly string[]): string {
  const agent = target.agent === undefined ? "no agent" : "ssh-agent";
  const tried = `tried ${target.keys.length} key file${target.keys.length === 1 ? "" : "s"} and ${agent}`;
  const because = [...target.notes, ...errors.filter((error) => !error.startsWith("All configured"))];
  return `${target.user}@${target.address}:${target.port} does not let us in (${[tried, ...because].join("; ")})`;
}

/** An ssh-agent of which only some keys are shown (IdentitiesOnly): a server counts each one that is tried. */
class SomeKeys extends ssh2.OpenSSHAgent {
  readonly #only: ReadonlySet<string> | undefined;

  constructor(socket: string, only: readonly string[] | undefined) {
    super(socket);
    this.#only = only === undefined ? undefined : new Set(only);
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys) => {
      if (error) callback(error);
      else
        callback(
          undefined,
          keys?.filter((key) => this.#only?.has(blob(key)) ?? true),
        );
    });
  }
}

function blob(key: KnownPublicKeys<ParsedKey>[number]): string {
  return "getPublicSSH" in key ? key.getPublicSSH().toString("base64") : "";
}
