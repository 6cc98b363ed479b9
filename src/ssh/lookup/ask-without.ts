import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ShipError } from "../../core/error.ts";
import { matchesPatterns } from "../trust/known-hosts.ts";
import type { Asked } from "./ask.ts";
import { type Options, readOptions } from "./options.ts";

/** What ssh does where nothing is configured (ssh_config(5)). */
const defaults = `identityfile ~/.ssh/id_ed25519
identityfile ~/.ssh/id_ecdsa
identityfile ~/.ssh/id_rsa
userknownhostsfile ~/.ssh/known_hosts ~/.ssh/known_hosts2
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
`;

/** The keys that mean the same whoever reads them. Any other stands for something that only ssh does, and is refused. */
const read = new Set([
  ...["hostname", "user", "port", "identityfile", "identitiesonly", "identityagent", "proxyjump", "proxycommand"],
  ...["hostkeyalias", "userknownhostsfile", "globalknownhostsfile", "hashknownhosts", "certificatefile", "checkhostip"],
  "addressfamily",
]);

/** Keys that have no part in how a host is reached or trusted by ship. */
const idle =
  /^(addkeystoagent|batchmode|compression|connect\w+|control\w+|escapechar|forward\w+|gssapi\w+|ignoreunknown|loglevel|preferredauthentications|requesttty|sendenv|serveralive\w+|setenv|stricthostkeychecking|tcpkeepalive|updatehostkeys|usekeychain|visualhostkey|xauthlocation)$/;

/**
 * What ~/.ssh/config says of a host, on a machine that has no `ssh` to ask: blocks of `Host`, first value wins. `Match`
 * and `Include` are refused (ShipError `usage`), as are keys that this does not know: half a config is another way to the host.
 */
export async function optionsWithoutSsh(asked: Asked): Promise<Options> {
  const text = await readFile(join(homedir(), ".ssh", "config"), "utf8").catch(() => "");
  const lines = applying(text, asked.name);
  const own = [
    ...(asked.address === undefined ? [] : [`hostname ${asked.address}`]),
    ...(asked.port === undefined ? [] : [`port ${asked.port}`]),
    ...(asked.user === undefined ? [] : [`user ${asked.user}`]),
  ];
  const given = [...own, ...lines];
  const keys = new Set(given.map((line) => line.split(" ")[0]));
  const rest = defaults.split("\n").filter((line) => !keys.has(line.split(" ")[0]));
  return readOptions([...given, ...rest].join("\n").replaceAll(/^(hostname .*)%h/gm, `$1${asked.name}`), undefined);
}

/** The lines that apply to `name`, as `ssh -G` would print them. */
function applying(text: string, name: string): readonly string[] {
  let applies = true;
  return text.split("\n").flatMap((line, index) => {
    const [, word = "", value = ""] = /^\s*([A-Za-z]\w*)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    const key = word.toLowerCase();
    if (key === "" || idle.test(key)) return [];
    // ssh takes `#` for the beginning of a comment, and single quotes off.
    if (/[#']/.test(value)) throw onlySsh(word, index + 1);
    if (key === "host") {
      applies = matchesPatterns(unquoted(value).split(/\s+/), name.toLowerCase());
      return [];
    }
    if (!read.has(key)) throw onlySsh(word, index + 1);
    return applies ? [`${key} ${key === "checkhostip" ? flag(value) : unquoted(value)}`] : [];
  });
}

function onlySsh(word: string, line: number): ShipError {
  return new ShipError("usage", `There is no ssh here to ask what ${word} in ~/.ssh/config:${line} means.`, {
    hint: "Install openssh-client: ship then asks it, and reaches hosts just as ssh does.",
  });
}

/** Yes or no as `ssh -G` prints it; ssh reads it in any case. */
function flag(value: string): string {
  return /^(no|false)$/i.test(unquoted(value)) ? "no" : "yes";
}

function unquoted(value: string): string {
  return value.replaceAll('"', "");
}
