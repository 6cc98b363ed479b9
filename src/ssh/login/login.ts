import ssh2, {
  type AnyAuthMethod,
  type AuthHandlerMiddleware,
  type IdentityCallback,
  type KnownPublicKeys,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";
import type { Target } from "../target.ts";
import { fingerprint } from "../trust/fingerprint.ts";

/** A login that goes through its keys, and knows which one it tried last. */
export type Login = {
  readonly handler: AuthHandlerMiddleware;
  /** What let us in, once it did. */
  by(): string | null;
  /** What the server wants besides a key, when it took one and that was not enough. */
  wanted(): readonly string[];
};

/**
 * Ways to log in, in order: the keys, then the agent's. No password, no questions, and no "none" that costs a round trip.
 * Where a server wants two keys, the one after the first that it took goes on from there.
 */
export function logins(target: Target): Login {
  const username = target.user;
  const methods = target.keys.map((key, index): Method => {
    const by = target.keyFiles?.[index] ?? "a key file";
    return { by: () => by, method: { type: "publickey", username, key: parsed(key) } };
  });
  if (target.agent !== undefined && target.agentKeys?.length !== 0) {
    const agent = new SomeKeys(target.agent, target);
    methods.push({ by: () => agent.signed, method: { type: "agent", username, agent } });
  }
  let next = 0;
  let wanted: readonly string[] = [];
  return {
    handler: (left, partial, go) => {
      if (partial) wanted = left ?? [];
      const method = methods[next]?.method;
      next += 1;
      // ssh2 gives up at `false`, which its types do not have.
      if (method === undefined) Reflect.apply(go, undefined, [false]);
      else go(method);
    },
    by: () => methods[next - 1]?.by() ?? null,
    wanted: () => wanted,
  };
}

/** Keys by their text: each of a thousand logins would read it again. */
const parsedKeys = new Map<string, ParsedKey>();

function parsed(text: string): ParsedKey | string {
  const before = parsedKeys.get(text);
  if (before !== undefined) return before;
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) return text;
  parsedKeys.set(text, key);
  return key;
}

type Method = { readonly by: () => string | null; readonly method: AnyAuthMethod };

/** Why a login failed, with what was tried, so that nobody has to guess which key was used. */
export function loginFault(target: Target, errors: readonly string[], wanted: readonly string[] = []): string {
  const agent = target.agent === undefined ? "no agent" : "ssh-agent";
  const tried = `tried ${target.keys.length} key file${target.keys.length === 1 ? "" : "s"} and ${agent}`;
  const more =
    wanted.length === 0 ? [] : [`it took a key and wants ${wanted.join(" or ")} besides, which ship does not answer`];
  const because = [...more, ...target.notes, ...errors.filter((error) => !error.startsWith("All configured"))];
  return `${target.user}@${target.address}:${target.port} does not let us in (${[tried, ...because].join("; ")})`;
}

/**
 * An ssh-agent of which only some keys are shown (IdentitiesOnly), in an order that helps: a server counts each one that is
 * tried. Those that ssh's config names come first, and those that were tried as files not at all.
 */
class SomeKeys extends ssh2.OpenSSHAgent {
  readonly #target: Target;
  /** The key that signed last: the one that let us in, when we are in. */
  signed: string | null = null;

  constructor(socket: string, target: Target) {
    super(socket);
    this.#target = target;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys) => {
      if (error) callback(error);
      else callback(undefined, keys === undefined ? keys : this.#inOrder(keys));
    });
  }

  override sign(key: Signing, data: Buffer, options?: SigningRequestOptions, done?: SignCallback): boolean;
  override sign(key: Signing, data: Buffer, done?: SignCallback): boolean;
  override sign(key: Signing, data: Buffer, more?: SigningRequestOptions | SignCallback, done?: SignCallback): boolean {
    this.signed = typeof key === "string" || Buffer.isBuffer(key) ? "ssh-agent" : named(key);
    return typeof more === "function" ? super.sign(key, data, more) : super.sign(key, data, more, done);
  }

  #inOrder<Key extends KnownPublicKeys<ParsedKey>[number]>(keys: readonly Key[]): Key[] {
    const { agentKeys, agentFirst = [], keys: files } = this.#target;
    const tried = new Set(files.map(publicHalf));
    const allowed = keys.filter((key) => !tried.has(blob(key)) && (agentKeys?.includes(blob(key)) ?? true));
    const isFirst = (key: Key) => agentFirst.includes(blob(key));
    return [...allowed.filter(isFirst), ...allowed.filter((key) => !isFirst(key))];
  }
}

type Signing = ParsedKey | Buffer | string;

function named(key: ParsedKey): string {
  return `ssh-agent ${fingerprint(key.getPublicSSH())} ${key.comment}`.trimEnd();
}

function publicHalf(file: string): string {
  const parsed = ssh2.utils.parseKey(file);
  return parsed instanceof Error ? "" : parsed.getPublicSSH().toString("base64");
}

function blob(key: KnownPublicKeys<ParsedKey>[number]): string {
  return "getPublicSSH" in key ? key.getPublicSSH().toString("base64") : "";
}
