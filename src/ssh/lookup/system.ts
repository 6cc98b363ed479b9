import { spawnSync } from "node:child_process";
import { ShipError } from "../../core/error.ts";
import { agentKeys } from "../login/agent-keys.ts";
import { wayOf } from "../openssh/way.ts";
import type { Target } from "../target.ts";
import { type Kinds, kindsOfFiles } from "../trust/kinds.ts";
import { knownAs, readKnownHosts } from "../trust/known-hosts.ts";
import { matching } from "../trust/known-lookup.ts";
import { type Asked, argumentsFor } from "./ask.ts";
import { type Facts, hasSystemSsh, type Wanted, whyNotSsh2 } from "./choose.ts";
import { once, onceEach } from "./once.ts";
import type { Options } from "./options.ts";

/** A host as it was looked up for ssh2, and what else ssh's config says of it. */
export type Looked = {
  readonly asked: Asked;
  readonly options: Options;
  readonly target: Target;
  /** Its names in known_hosts, ssh's own first. */
  readonly names: readonly string[];
  /** Paths of its identity files, and of the user's known_hosts files. */
  readonly identities: readonly string[];
  readonly knownHosts: readonly string[];
};

/**
 * Adds to targets how the system's ssh would reach them, and why it must where it must. Rejects with ShipError `usage`
 * where it must and there is none.
 */
export function systemChooser(wanted: Wanted): (looked: Looked) => Promise<Target> {
  const here = once(hasSystemSsh);
  const hasTicket = once(() => spawnSync(ticketLister, ["-s"], { stdio: "ignore" }).status === 0);
  const kindsOf = kindsOfFiles();
  const keysIn = onceEach(agentKeys);

  async function held({ agent, agentKeys: only }: Target): Promise<readonly string[]> {
    if (agent === undefined) return [];
    return (await keysIn(agent)).filter(({ key }) => only?.includes(key) ?? true).map(({ type }) => type);
  }

  async function factsOf({ options, target, identities }: Looked): Promise<Facts> {
    const [files, types] = await Promise.all([kindsOf(identities), held(target)]);
    const { pinned, authorities, keys } = target;
    const plainKeys = keys.length > 0 || types.some((type) => !isForeign(type));
    return { options, pinned, authorities, plainKeys, hasTicket, ...withAgent(files, types) };
  }

  return async (looked) => {
    const { target } = looked;
    const why = wanted === "openssh" ? "ssh.transport says so" : whyNotSsh2(await factsOf(looked));
    if (wanted === "ssh2") return why === undefined ? target : { ...target, notes: [...target.notes, without(why)] };
    if (here()) return { ...target, system: { way: await wayTo(looked), why } };
    if (why === undefined) return target;
    throw new ShipError(
      "usage",
      `${looked.asked.name} can only be reached by the system's ssh (${why}); there is none here.`,
      {
        hint: "Install OpenSSH's client (Debian, Ubuntu: openssh-client).",
      },
    );
  };
}

/** Of Kerberos; silent, it only says whether there is a ticket. */
const ticketLister = "klist";

function isForeign(type: string): boolean {
  return type.startsWith("sk-") || type.includes("-cert-v01@");
}

function withAgent({ certificates, securityKeys }: Kinds, types: readonly string[]): Kinds {
  const certified = types.some((type) => type.includes("-cert-v01@"));
  const touched = types.some((type) => type.startsWith("sk-"));
  return {
    certificates: certified ? [...certificates, "in ssh-agent"] : certificates,
    securityKeys: touched ? [...securityKeys, "in ssh-agent"] : securityKeys,
  };
}

function without(why: string): string {
  return `the built-in client cannot do ${why}, and ssh.transport forbids the system's ssh`;
}

async function wayTo({ asked, target, names, options, knownHosts }: Looked): Promise<readonly string[]> {
  const { given } = await argumentsFor(asked);
  const jump = target.via?.type === "jump" ? target.via.target.system?.way : undefined;
  const alias = options.one("hostkeyalias") === undefined ? await aliasFor(target, names) : undefined;
  return wayOf({ given, name: asked.name, knownHosts, alias, jump });
}

/** The name under which known_hosts has the host, where ssh itself would not look for it. */
async function aliasFor(target: Target, names: readonly string[]): Promise<string | undefined> {
  if (target.pinned.some((pinned) => !pinned.revoked && pinned.elsewhere === undefined)) return undefined;
  const lines = await readKnownHosts(target.knownHosts);
  const found = names.find((name) => matching(lines, [name]).some(({ marker }) => marker !== "@revoked"));
  const revoked = matching(lines, names).filter(({ marker }) => marker === "@revoked");
  // Under the alias ssh would not see that a key of the host is revoked under another name.
  if (found !== undefined && revoked.some((line) => !matching(lines, [found]).includes(line))) return undefined;
  return [knownAs(target.address, target.port), knownAs(target.address, 22), undefined].includes(found)
    ? undefined
    : found;
}
