import { homedir, userInfo } from "node:os";
import { ShipError } from "../../core/error.ts";
import type { Host } from "../../core/fleet.ts";
import { type Identities, type IdentityLoader, identityLoader } from "../login/identities.ts";
import type { Target, Via } from "../target.ts";
import { knownAs, readKnownHosts } from "../trust/known-hosts.ts";
import { keysFor } from "../trust/known-lookup.ts";
import type { Asked } from "./ask.ts";
import { askerForMany } from "./ask-alike.ts";
import type { Wanted } from "./choose.ts";
import { fillIn, parseJumps } from "./jump-chain.ts";
import { expandPath, type Options, type PathWords } from "./options.ts";
import { systemChooser } from "./system.ts";

/** Looks hosts up; jump hosts that many of them share are looked up once. */
export type Resolver = (host: Host) => Promise<Target>;

/** A way that is being looked up: what stands before the host instead of what ssh's config says, and who is behind it. */
type Trail = { readonly jumps: readonly Asked[]; readonly behind: readonly string[] };

/**
 * Looks hosts up as `ssh` itself would (see `askSsh`), with the jump hosts or the command before each; what ship's
 * config says of address, port and user wins. Rejects with ShipError `usage` for what ship cannot do, and `refused` for a
 * known_hosts file that exists and cannot be read.
 */
export function sshResolver(defaults: { readonly user: string | undefined; readonly transport?: Wanted }): Resolver {
  const jumps = new Map<string, Promise<Target>>();
  const ask = askerForMany();
  const load = identityLoader();
  const choose = systemChooser(defaults.transport ?? "auto");

  async function lookUp(asked: Asked, trail: Trail): Promise<Target> {
    const options = await ask(asked);
    const words = wordsFor(asked, options);
    const direct = await targetOf(words, options, load);
    const via = await viaOf(options, words, trail);
    const target = via === undefined ? direct : { ...direct, via };
    const path = (file: string) => expandPath(file, words);
    const identities = options.all("identityfile").map(path);
    const knownHosts = options.files("userknownhostsfile").map(path);
    const names = namesOf(words, options.one("hostkeyalias"));
    return choose({ asked, options, target, names, identities, knownHosts });
  }

  async function viaOf(options: Options, words: PathWords, trail: Trail): Promise<Via | undefined> {
    const chain = trail.jumps.length > 0 ? trail.jumps : chainOf(options, words);
    const last = chain.at(-1);
    if (last !== undefined) {
      const behind = [...trail.behind, words.name];
      return { type: "jump", target: await jumpTo(last, { jumps: chain.slice(0, -1), behind }) };
    }
    const command = options.one("proxycommand");
    if (command === undefined || command === "none") return undefined;
    return { type: "command", command: fillIn(command, tokensOf(words)) };
  }

  function jumpTo(asked: Asked, trail: Trail): Promise<Target> {
    if (trail.behind.includes(asked.name)) throw loop(asked.name, trail.behind);
    // Two that lie behind each other, looked up at once, would wait for each other's answer.
    if (trail.behind.length > 1) return lookUp(asked, trail);
    const key = JSON.stringify([asked, trail.jumps]);
    const before = jumps.get(key);
    if (before !== undefined) return before;
    const looking = lookUp(asked, trail);
    jumps.set(key, looking);
    return looking;
  }

  return (host) => {
    const address = host.address === host.name ? undefined : host.address;
    const asked = { name: host.name, user: host.user ?? defaults.user, port: host.port, address };
    return lookUp(asked, { jumps: [], behind: [] });
  };
}

function chainOf(options: Options, words: PathWords): readonly Asked[] {
  const jump = options.one("proxyjump");
  return jump === undefined || jump === "none" ? [] : parseJumps(fillIn(jump, tokensOf(words)));
}

function loop(name: string, behind: readonly string[]): ShipError {
  return new ShipError("usage", `The jump host ${name} lies behind itself: ${[...behind, name].join(" → ")}.`, {
    hint: "Except it from its own ProxyJump in ~/.ssh/config: `Host * !bastion`, or `ProxyJump none` for it.",
  });
}

async function targetOf(words: PathWords, options: Options, load: IdentityLoader): Promise<Target> {
  const path = (file: string) => expandPath(file, words);
  const knownHosts = [...options.files("userknownhostsfile"), ...options.files("globalknownhostsfile")].map(path);
  const names = namesOf(words, options.one("hostkeyalias"));
  const known = keysFor(await readKnownHosts(knownHosts), names);
  const files = options.all("identityfile").filter((file) => file !== "none");
  const identities = await load(files.map(path));
  const { address, port, user } = words;
  const file = options.files("userknownhostsfile").map(path)[0];
  const memory = file === undefined ? {} : { memory: { file, hashed: options.one("hashknownhosts") === "yes" } };
  return {
    ...{ name: names[0] ?? address, address, port, user, knownHosts, ...memory },
    ...familyOf(options.one("addressfamily")?.toLowerCase()),
    ...{ pinned: known.pinned, authorities: known.authorities },
    ...loginWith(identities, options, path),
  };
}

function familyOf(given: string | undefined): Pick<Target, "family"> {
  if (given === "inet") return { family: 4 };
  return given === "inet6" ? { family: 6 } : {};
}

function loginWith(
  { keys, keyFiles, publicKeys, notes }: Identities,
  options: Options,
  path: (file: string) => string,
): Pick<Target, "keys" | "keyFiles" | "notes" | "agent" | "agentKeys" | "agentFirst"> {
  const agent = agentSocket(options, path);
  const agentKeys = options.one("identitiesonly") === "yes" ? publicKeys : undefined;
  return { keys, keyFiles, notes, agent, agentKeys, agentFirst: publicKeys };
}

function wordsFor(asked: Asked, options: Options): PathWords {
  const localUser = userInfo().username;
  return {
    home: homedir(),
    address: options.one("hostname") ?? asked.address ?? asked.name,
    port: asked.port ?? Number(options.one("port") ?? 22),
    user: asked.user ?? options.one("user") ?? localUser,
    name: asked.name,
    localUser,
  };
}

function tokensOf({ address, name, port, user }: PathWords): Readonly<Record<string, string>> {
  return { h: address, n: name, p: String(port), r: user };
}

/** Names to look for in known_hosts, the best first: ssh's own, the one without a port, and ship's name of the host. */
function namesOf({ address, port, name }: PathWords, alias: string | undefined): readonly string[] {
  if (alias !== undefined) return [alias.toLowerCase()];
  return [...new Set([knownAs(address, port), knownAs(address, 22), knownAs(name, port), knownAs(name, 22)])];
}

function agentSocket(options: Options, path: (file: string) => string): string | undefined {
  const configured = options.one("identityagent") ?? "SSH_AUTH_SOCK";
  if (configured === "none") return undefined;
  const variable = configured === "SSH_AUTH_SOCK" ? configured : /^\$\{?(\w+)\}?$/.exec(configured)?.[1];
  const socket = variable === undefined ? options.files("identityagent").map(path)[0] : process.env[variable];
  return socket === "" ? undefined : socket;
}
