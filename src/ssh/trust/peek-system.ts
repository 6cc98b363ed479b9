import { execa } from "execa";
import type { Failed } from "../diagnosis.ts";
import { strict } from "../openssh/words.ts";

/** ssh hands the key to whoever may know hosts besides its files; this one knows none, and tells what it was shown. */
const teller = 'KnownHostsCommand=/bin/sh -c "echo shown %I %K >&2"';

/**
 * The host key that a host shows to the system's ssh, for hosts that ssh2 cannot talk to; `way` leads there, as arguments
 * of ssh. No known_hosts file is read, so that no key is trusted and ssh ends before anybody logs in.
 */
export async function peekBySystem(way: readonly string[], within: number): Promise<Uint8Array | Failed> {
  const seconds = Math.max(1, Math.ceil(within / 1000));
  const none = [
    ...["UserKnownHostsFile=none", "GlobalKnownHostsFile=none", teller],
    // A connection that somebody holds open shows no key.
    ...["ControlPath=none", `ConnectTimeout=${seconds}`],
  ].flatMap((option) => ["-o", option]);
  const peeked = await execa("ssh", [...none, ...strict, "-T", ...way, "true"], {
    reject: false,
    stdin: "ignore",
    timeout: within,
  });
  const key = /^shown HOSTNAME (\S+)\r?$/m.exec(peeked.stderr)?.[1];
  if (key !== undefined && key !== "NONE") return Uint8Array.from(Buffer.from(key, "base64"));
  const said = peeked.stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("shown "));
  const why = peeked.timedOut ? `no host key came within ${within / 1000} s` : (said.at(-1) ?? peeked.shortMessage);
  return { cause: "unreachable", reason: why ?? "the system's ssh ended without a word", again: false };
}
