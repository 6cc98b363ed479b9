import { execa } from "execa";
import { matchesPatterns } from "../trust/known-hosts.ts";
import { type Asked, argumentsFor, askSsh } from "./ask.ts";
import { type HostBlocks, readHostBlocks } from "./host-blocks.ts";
import type { Options } from "./options.ts";

/** Asks ssh how hosts are reached. */
export type Asker = (asked: Asked) => Promise<Options>;

/**
 * Asks `ssh -G` once for all hosts between which its config cannot make a difference: those that the same `Host` lines
 * fit. A thousand hosts are then one process and not a thousand. Any host that might differ is asked for itself.
 */
export function askerForMany(): Asker {
  let first: Answer | undefined;
  let blocks: Promise<HostBlocks | undefined> | undefined;
  const shared = new Map<string, Answer>();

  return async (asked) => {
    if (first === undefined) {
      first = { asked, options: askSsh(asked) };
      return first.options;
    }
    blocks ??= blocksFor(first.asked);
    const lines = await blocks;
    if (lines === undefined) return askSsh(asked);
    if (shared.size === 0) shared.set(kindOf(first.asked, lines), first);
    const kind = kindOf(asked, lines);
    const before = shared.get(kind);
    if (before !== undefined) return alike(before.asked, await before.options, asked) ?? askSsh(asked);
    const options = askSsh(asked);
    shared.set(kind, { asked, options });
    return options;
  };
}

type Answer = { readonly asked: Asked; readonly options: Promise<Options> };

/** The `Host` lines of every file that ssh reads; undefined where those alone do not decide. */
async function blocksFor(asked: Asked): Promise<HostBlocks | undefined> {
  const { given } = await argumentsFor(asked);
  const told = await execa("ssh", ["-v", "-G", ...given, "--", asked.name], {
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
  });
  if (told.failed) return undefined;
  const files = [...told.stderr.matchAll(/Reading configuration data (.+?)\r?$/gm)].flatMap(([, file]) => file ?? []);
  return readHostBlocks([...new Set(files)]);
}

function kindOf({ name, user, port, address }: Asked, blocks: HostBlocks): string {
  const names = [name, name.toLowerCase()];
  const fits = blocks.map((patterns) => names.map((one) => (matchesPatterns(patterns, one) ? 1 : 0)).join(""));
  return JSON.stringify([user, port, address === undefined, fits.join("")]);
}

/** What ssh would say of `asked`, by what it said of `first`; undefined where the name got into it in a way of its own. */
function alike(first: Asked, options: Options, asked: Asked): Options | undefined {
  const canonical = options.one("canonicalizehostname") ?? "false";
  if (canonical !== "false" && canonical !== "no") return undefined;
  const words = [first.name, first.address ?? first.name].map((word) => word.toLowerCase());
  const isOwn = (value: string) => words.some((word) => value.toLowerCase().includes(word));
  const others = options.keywords.filter((keyword) => !varies.test(keyword));
  if (others.some((keyword) => options.all(keyword).some(isOwn))) return undefined;
  const hostname = hostnameOf(first, options.one("hostname"), asked);
  if (hostname === undefined || (hostname === options.one("hostname") && isOwn(hostname))) return undefined;
  const all = (keyword: string) =>
    keyword === "hostname" ? [hostname] : keyword === "host" ? [asked.name] : options.all(keyword);
  return { ...options, all, one: (keyword) => all(keyword)[0] };
}

/** The host's own lines, and lists of algorithms, in which a short name may stand by accident. */
const varies = /^(host|hostname|ciphers|macs|.*algorithms)$/;

function hostnameOf(first: Asked, said: string | undefined, asked: Asked): string | undefined {
  if (asked.address !== undefined) return asked.address;
  if (said === undefined) return undefined;
  return said.toLowerCase() === first.name.toLowerCase() ? asked.name.toLowerCase() : said;
}
