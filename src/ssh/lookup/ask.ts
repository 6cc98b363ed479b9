import { access } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ShipError } from "../../core/error.ts";
import { optionsWithoutSsh } from "./ask-without.ts";
import { type Moved, type Options, readOptions } from "./options.ts";

/** A host as it is asked for: by a name, and what of it is already decided. */
export type Asked = {
  readonly name: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** Where it lies, if that is not for ssh's config to say. */
  readonly address: string | undefined;
};

/**
 * What `ssh` itself would do, said by `ssh -G`: ~/.ssh/config with Include, Match and all. Where there is no `ssh`, the
 * simple keys of that file are read here. Rejects with ShipError `usage` where neither can say.
 */
export async function askSsh(asked: Asked): Promise<Options> {
  const { given, moved } = await argumentsFor(asked);
  const answer = await execa("ssh", ["-G", ...given, "--", asked.name], {
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
  });
  if (answer.code === "ENOENT") return optionsWithoutSsh(asked);
  if (!answer.failed) return readOptions(answer.stdout, moved);
  const why = answer.stderr.trim() || answer.shortMessage;
  throw new ShipError("usage", `ssh cannot say how to reach ${asked.name}: ${why}`, {
    hint: `Try \`ssh -G ${asked.name}\`, and mend ~/.ssh/config.`,
  });
}

/** The options with which ssh is asked for a host; `moved` where HOME is not the home folder of the password file. */
export async function argumentsFor(asked: Asked): Promise<{ given: readonly string[]; moved: Moved | undefined }> {
  const home = homes(asked.name);
  const moved = home.from === home.to ? undefined : home;
  const given = [
    ...(asked.port === undefined ? [] : ["-p", String(asked.port)]),
    ...(asked.user === undefined ? [] : ["-l", asked.user]),
    ...(asked.address === undefined ? [] : ["-o", `HostName=${asked.address}`]),
    // ssh looks into the home folder of the password file whatever HOME says; everything else believes HOME.
    ...(moved === undefined ? [] : ["-F", await configIn(moved.to)]),
  ];
  return { given, moved };
}

/** The home folder of the password file, and the one that HOME names; a user who is in no password file needs HOME and USER. */
function homes(name: string): { from: string; to: string } {
  try {
    return { from: userInfo().homedir, to: homedir() };
  } catch {
    throw new ShipError(
      "usage",
      `This user has no entry in the password file, so ${name} cannot be reached as anybody.`,
      { hint: "Set HOME, and run ship as a user that this machine knows." },
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
