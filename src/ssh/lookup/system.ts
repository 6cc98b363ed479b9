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
import { leftBy, narrowedBy } from "./narrowing.ts";
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
 * where it must and there is none, and where ssh2 is asked for and would trust a key that ssh's config does not.
 */
export function systemChooser(wanted: Wanted): (looked: Looked) => Promise<Target> {
  const here = once(hasSystemSsh);
  const hasTicket = once(() => spawnSync(ticketLister, ["-s"], { stdio: "ignore" }).status === 0);
  const checksAddresses = once(() => /^checkhostip yes$/m.test(withoutConfig()));
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
    const trusting = { options, pinned, place: target, checksAddresses };
    return { ...trusting, authorities, plainKeys, hasTicket, ...withAgent(files, types) };
  }

  return async (looked) => {
    const { asked } = looked;
    if (wanted === "ssh2") return onlySsh2(asked.name, narrowed(looked), await factsOf(looked));
    const why = wanted === "openssh" ? "ssh.transport says so" : whyNotSsh2(await factsOf(looked));
    const target = why === undefined ? narrowed(looked) : looked.target;
    if (here()) return { ...target, system: { way: await wayTo(looked), why } };
    if (why === undefined) return target;
    throw new ShipError(
      "usage",
      `${asked.name} can only be reached by the system's ssh (${why}); there is none here.`,
      {
        hint: "Install OpenSSH's client (Debian, Ubuntu: openssh-client).",
      },
    );
  };
}

/** The target without the keys that ssh's config does not trust; all of them stay for the complaint where none would be left. */
function narrowed({ target, options }: Looked): Target {
  const left = leftBy(options, target.pinned);
  if ("noneBy" in left) return target;
  const { pinned, barred } = left;
  return { ...target, pinned, ...(barred.length === 0 ? {} : { barred }) };
}

/** Of Kerberos; silent, it only says whether there is a ticket. */
const ticketLister = "klist";

/** What ssh does with a host where nothing is configured; empty where there is no ssh. */
function withoutConfig(): string {
  return String(spawnSync("ssh", ["-G", "-F", "none", "host"], { encoding: "utf8" }).stdout);
}

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

/** Without the system's ssh: a login may fail for that, which is noted; but no key may be trusted for it. */
function onlySsh2(name: string, target: Target, facts: Facts): Target {
  const keyword = narrowedBy(facts);
  if (keyword !== undefined) throw tooTrusting(name, keyword);
  const why = whyNotSsh2(facts);
  return why === undefined ? target : { ...target, notes: [...target.notes, without(why)] };
}

function tooTrusting(name: string, keyword: string): ShipError {
  const message = `ssh's config narrows by ${keyword} which keys of ${name} are trusted: the built-in client cannot follow that, and ssh.transport forbids the system's ssh.`;
  const hint = `Leave ssh.transport out, or set it to auto: the system's ssh then connects. Or except ${name} from ${keyword} in ssh's config.`;
  return new ShipError("usage", message, { hint });
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
