import { access } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ShipError } from "../core/error.ts";
import type { Host } from "../core/fleet.ts";
import { type Identities, loadIdentities } from "./identities.ts";
import { type Known, keysFor, knownAs, readKnownHosts } from "./known-hosts.ts";
import { expandPath, type Options, type PathWords, readOptions, withoutSsh } from "./options.ts";
import type { Target } from "./target.ts";

/**
 * Looks a host up as `ssh` itself would, by asking `ssh -G` (~/.ssh/config with Include, Match and all); what ship's
 * config says of address, port and user wins. Where there is no `ssh` its defaults hold. Rejects with ShipError `usage`
 * for what ship cannot do yet, and `refused` for a known_hosts file that exists and cannot be read.
 */
export async function resolveWithSsh(host: Host, defaults: { readonly user: string | undefined }): Promise<Target> {
  const options = await askSsh(host, host.user ?? defaults.user);
  refuseWhatIsLater(host, options);
  const words = wordsFor(host, options, defaults.user);
  const path = (file: string) => expandPath(file, words);
  const knownHosts = [...options.files("userknownhostsfile"), ...options.files("globalknownhostsfile")].map(path);
  const names = namesOf(words, options.one("hostkeyalias"));
  const known = keysFor(await readKnownHosts(knownHosts), names);
  const identities = await loadIdentities(
    options
      .all("identityfile")
      .filter((file) => file !== "none")
      .map(path),
  );
  const { address, port, user } = words;
  return {
    ...{ name: names[0] ?? address, address, port, user, knownHosts },
    ...trusted(known),
    ...loginWith(identities, options, path),
  };
}

function trusted({ pinned, authorities }: Known): Pick<Target, "pinned" | "authorities"> {
  return { pinned, authorities };
}

function loginWith(
  { keys, publicKeys, notes }: Identities,
  options: Options,
  path: (file: string) => string,
): Pick<Target, "keys" | "notes" | "agent" | "agentKeys"> {
  const agent = agentSocket(options, path);
  return { keys, notes, agent, agentKeys: options.one("identitiesonly") === "yes" ? publicKeys : undefined };
}

async function askSsh(host: Host, user: string | undefined): Promise<Options> {
  const home = homes(host);
  const moved = home.from === home.to ? undefined : home;
  const given = [
    ...(host.port === undefined ? [] : ["-p", String(host.port)]),
    ...(user === undefined ? [] : ["-l", user]),
    ...(host.address === host.name ? [] : ["-o", `HostName=${host.address}`]),
    // ssh looks into the home folder of the password file whatever HOME says; everything else believes HOME.
    ...(moved === undefined ? [] : ["-F", await configIn(moved.to)]),
  ];
  const asked = await execa("ssh", ["-G", ...given, "--", host.name], {
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
  });
  if (asked.code === "ENOENT") return readOptions(withoutSsh, undefined);
  if (!asked.failed) return readOptions(asked.stdout, moved);
  throw new ShipError(
    "usage",
    `ssh cannot say how to reach ${host.name}: ${asked.stderr.trim() || asked.shortMessage}`,
    {
      hint: `Try \`ssh -G ${host.name}\`, and mend ~/.ssh/config.`,
    },
  );
}

/** The home folder of the password file, and the one that HOME names; a user who is in no password file needs HOME and USER. */
function homes(host: Host): { from: string; to: string } {
  try {
    return { from: userInfo().homedir, to: homedir() };
  } catch {
    throw new ShipError(
      "usage",
      `This user has no entry in the password file, so ${host.name} cannot be reached as anybody.`,
      {
        hint: "Set HOME, and run ship as a user that this machine knows.",
      },
    );
  }
}

async function configIn(home: string): Promise<string> {
  const file = join(home, ".ssh", "config");
  return access(file).then(
    () => file,
    () => "none",
  );
}

/** What these ask for would be left out silently otherwise, and the host be reached some other way, or not at all. */
function refuseWhatIsLater(host: Host, options: Options): void {
  const asked = ["ProxyJump", "ProxyCommand", "CertificateFile"].find((name) => isSet(options.one(name.toLowerCase())));
  if (asked === undefined) return;
  const what = asked === "CertificateFile" ? "logging in with a certificate" : "going through another host";
  const now =
    asked === "CertificateFile"
      ? "Until then, put a plain key on the host (authorized_keys) and set `CertificateFile none` for it"
      : "Until then, run ship on a machine that reaches the host directly, such as the host in between";
  throw new ShipError("usage", `ssh's config sets ${asked} for ${host.name}; ${what} comes with a later version.`, {
    hint: `${now}. \`ssh -G ${host.name}\` shows what is set.`,
  });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "none";
}

function wordsFor(host: Host, options: Options, user: string | undefined): PathWords {
  const localUser = userInfo().username;
  return {
    home: homedir(),
    address: options.one("hostname") ?? host.address,
    port: host.port ?? Number(options.one("port") ?? 22),
    user: host.user ?? user ?? options.one("user") ?? localUser,
    name: host.name,
    localUser,
  };
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
