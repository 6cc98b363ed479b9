import { strict } from "./words.ts";

/** What leads ssh to a host as ship looked it up. */
export type Way = {
  /** The arguments with which `ssh -G` was asked, and the name that it was asked for. */
  readonly given: readonly string[];
  readonly name: string;
  /** The user's known_hosts files. */
  readonly knownHosts: readonly string[];
  /** The name under which known_hosts has the host, where ssh would look for another one. */
  readonly alias: string | undefined;
  /** The way to the jump host before it. */
  readonly jump: readonly string[] | undefined;
};

/** The same as arguments, for ssh to connect by; the name comes last. */
export function wayOf({ given, name, knownHosts, alias, jump }: Way): readonly string[] {
  const options = [
    // ssh takes `~` for the home folder of the password file; where these lie was decided by HOME.
    `UserKnownHostsFile=${knownHosts.length === 0 ? "none" : knownHosts.map(quoted).join(" ")}`,
    ...(alias === undefined ? [] : [`HostKeyAlias=${alias}`]),
    ...(jump === undefined ? [] : [`ProxyCommand=${through(jump)}`]),
  ];
  return [...given, ...options.flatMap((option) => ["-o", option]), "--", name];
}

/**
 * A jump as a command, because ssh's own ProxyJump does not hand on that keys must be known and nothing be asked. ssh
 * fills in `%h` and `%p`, and a shell of whatever kind reads it.
 */
function through(jump: readonly string[]): string {
  const words = jump.map((word) => word.replaceAll("%", "%%"));
  // A connection that somebody holds open may have been made by laxer rules.
  return ["ssh", "-o", "ControlPath=none", "-o", "ConnectTimeout=15", ...strict, "-W", "[%h]:%p", ...words]
    .map(shellWord)
    .join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Only where it must be: ssh takes spaces for the end of a name, and has no way to write a quote within quotes. */
function quoted(file: string): string {
  return /\s/.test(file) ? `"${file}"` : file;
}
