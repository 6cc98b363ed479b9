import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/core/fleet.ts";
import type { Target } from "../../src/ssh/target.ts";
import { endAll, standingIn } from "./openssh-processes.ts";
import { ended, freePort, untilItAnswers } from "./openssh-server.ts";

/** A user of a real sshd: the login shell, and files of the home by their names. */
export type Login = { readonly shell: string; readonly files?: Readonly<Record<string, string>> };

export type Logins = {
  host(name: string): Host;
  resolve(host: Host): Promise<Target>;
  close(): Promise<void>;
};

/** Users are made in a mount namespace of the sshd's own, which takes root. */
export function canMakeLogins(): boolean {
  return process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;
}

const firstId = 61_001;

/** One sshd that knows these users, each as a host of that name, and on which the programs of `hidden` cannot be run. */
export async function openLogins(
  logins: Readonly<Record<string, Login>>,
  { hidden = [], lines = [] }: { readonly hidden?: readonly string[]; readonly lines?: readonly string[] } = {},
): Promise<Logins> {
  const folder = mkdtempSync(join(tmpdir(), "ship-logins-"));
  execFileSync("chmod", ["755", folder]);
  for (const name of ["login", "key"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  const names = Object.keys(logins);
  for (const [index, name] of names.entries()) makeHome(folder, name, firstId + index, logins[name]?.files ?? {});
  const line = (name: string, index: number) =>
    `${name}:x:${firstId + index}:${firstId + index}::${folder}/${name}:${logins[name]?.shell}\n`;
  writeFileSync(join(folder, "passwd"), `${readFileSync("/etc/passwd", "utf8")}${names.map(line).join("")}`);
  const shadow = names.map((name) => `${name}:*:19000:0:99999:7:::\n`).join("");
  writeFileSync(join(folder, "shadow"), `${readFileSync("/etc/shadow", "utf8")}${shadow}`, { mode: 0o600 });
  const port = await freePort();
  const server = startSshd(folder, port, { hidden, lines });
  await untilItAnswers({ name: "of logins", address: "127.0.0.1", port });
  return {
    host: (name) => ({ name, address: "127.0.0.1", port, user: name, labels: {}, cohort: "" }),
    resolve: async (host) => target(folder, port, host.name),
    async close() {
      await ended(server);
      await endAll(() => standingIn(folder));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeHome(folder: string, name: string, id: number, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, name));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text);
  chownSync(join(folder, name), id, id);
}

type Changes = { readonly hidden: readonly string[]; readonly lines: readonly string[] };

function startSshd(folder: string, port: number, { hidden, lines }: Changes): ChildProcess {
  mkdirSync("/run/sshd", { recursive: true });
  const all = [
    ...[`ListenAddress 127.0.0.1:${port}`, `HostKey ${folder}/key`, `AuthorizedKeysFile ${folder}/login.pub`],
    ...["PidFile none", "UsePAM no", "UseDNS no", "StrictModes no", "PrintMotd no", ...lines],
  ];
  writeFileSync(join(folder, "config"), `${all.join("\n")}\n`);
  const hide = hidden
    .filter((name) => existsSync(`/usr/bin/${name}`))
    .map((name) => `mount --bind /dev/null /usr/bin/${name}`);
  const script = [
    "set -e",
    `mount --bind ${folder}/passwd /etc/passwd`,
    `mount --bind ${folder}/shadow /etc/shadow`,
    ...hide,
    `exec /usr/sbin/sshd -D -f ${folder}/config -E ${folder}/log`,
  ];
  return spawn("unshare", ["--mount", "sh", "-c", script.join("\n")], { stdio: "inherit" });
}

function target(folder: string, port: number, user: string): Target {
  const [type = "", key = ""] = readFileSync(join(folder, "key.pub"), "utf8").split(" ");
  return {
    ...{ name: `[127.0.0.1]:${port}`, address: "127.0.0.1", port, user },
    ...{ keys: [readFileSync(join(folder, "login"), "utf8")], agent: undefined, agentKeys: undefined },
    ...{ pinned: [{ type, key, revoked: false, where: "here" }], authorities: [], knownHosts: [], notes: [] },
  };
}
