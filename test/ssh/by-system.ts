import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target } from "../../src/ssh/target.ts";

/** Which of the two ways to log in a test takes. */
export type By = "ssh2" | "openssh";

/** In CI there must be an ssh: its absence is a failure there, and elsewhere a reason to leave tests out. */
export function hasSsh(): boolean {
  return process.env["CI"] !== undefined || spawnSync("ssh", ["-V"]).error === undefined;
}

/** Writes for the system's ssh, as files, what a target holds for ssh2, and points it there; `end` removes them. */
export function bySystem(): { take(target: Target): Target; end(): void } {
  const folder = mkdtempSync(join(tmpdir(), "ship-by-"));
  let count = 0;
  return {
    take(target) {
      count += 1;
      const keys = target.keys.map((key, index) => written(join(folder, `${count}-key-${index}`), key));
      const lines = target.pinned.map(
        ({ type, key, revoked }) => `${revoked ? "@revoked " : ""}${target.name} ${type} ${key}\n`,
      );
      const known = written(join(folder, `${count}-known_hosts`), lines.join(""));
      return { ...target, system: { way: way(target, keys, known), why: "the test wants it" } };
    },
    end: () => rmSync(folder, { recursive: true }),
  };
}

/** Nothing of the user's is read. The name that known_hosts has goes by HostKeyAlias, as some tests move the port. */
function way({ name, address, port, user, agent }: Target, keys: readonly string[], known: string): readonly string[] {
  const options = [
    "IdentitiesOnly=yes",
    `IdentityAgent=${agent ?? "none"}`,
    `UserKnownHostsFile=${known}`,
    "GlobalKnownHostsFile=none",
    `HostKeyAlias=${name}`,
  ];
  const identities = keys.flatMap((key) => ["-i", key]);
  return [
    "-F",
    "none",
    ...identities,
    ...options.flatMap((option) => ["-o", option]),
    "-p",
    String(port),
    "-l",
    user,
    "--",
    address,
  ];
}

function written(file: string, text: string): string {
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
