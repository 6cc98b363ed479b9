import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RigHost } from "./openssh.ts";

export type Files = { readonly key: string; readonly knownHosts: string; readonly config: string };

export type Access = { readonly key: string; readonly knownHosts: string; readonly user: string };

export async function writeFiles(root: string, hosts: readonly RigHost[]): Promise<Files> {
  const key = join(root, "id_ed25519");
  mkdirSync(join(root, "keys"));
  const login = await makeKey(key);
  writeFileSync(join(root, "authorized_keys"), login);
  const lines = await Promise.all(
    hosts.map(async (host) => {
      mkdirSync(join(host.home, "tmp"), { recursive: true });
      const shown = await makeKey(hostKey(root, host));
      return `${host.name},[${host.name}]:${host.port},[${host.address}]:${host.port} ${shown}`;
    }),
  );
  const knownHosts = join(root, "known_hosts");
  writeFileSync(knownHosts, lines.join(""));
  writeFileSync(join(root, "login"), loginScript(root), { mode: 0o755 });
  const config = join(root, "sshd_config");
  writeFileSync(config, serverConfig(root));
  return { key, knownHosts, config };
}

export function writeSshConfig(home: string, hosts: readonly RigHost[], { key, knownHosts, user }: Access): void {
  const entries = hosts.map((host) => `Host ${host.name}\n  HostName ${host.address}\n  Port ${host.port}\n`);
  const every = `Host *\n  User ${user}\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${knownHosts}\n`;
  mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, ".ssh", "config"), `${entries.join("")}${every}  GlobalKnownHostsFile none\n`, {
    mode: 0o600,
  });
}

/** Makes an ed25519 key pair and returns its public line. Not by ssh2, whose generator spoils one key in 256. */
async function makeKey(path: string): Promise<string> {
  await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "rig", "-f", path]);
  return readFileSync(`${path}.pub`, "utf8");
}

export function hostKey(root: string, host: RigHost): string {
  return join(root, "keys", host.name);
}

/**
 * Makes of one machine many hosts: the server's address picks the home folder. Sessions are counted in a file, where it is. The command runs under sh, as on a
 * server whose login shell is a plain one.
 */
function loginScript(root: string): string {
  return `#!/bin/sh
set -- $SSH_CONNECTION
HOME=${root}/hosts/$3 TMPDIR=${root}/hosts/$3/tmp SHIP_RIG=${root}
export HOME TMPDIR SHIP_RIG
unset SHLVL
cd "$HOME" || exit 97
[ ! -e ${root}/sessions ] || echo "$3" >>${root}/sessions
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`;
}

/**
 * The login is whoever runs the test: no user has to be made, and none is left behind. Debian's bash would read that
 * user's ~/.bashrc before each command, except below another shell, which SHLVL makes it believe.
 */
function serverConfig(root: string): string {
  return `AuthorizedKeysFile ${root}/authorized_keys
ForceCommand ${root}/login
SetEnv SHLVL=1
PidFile none
PermitRootLogin prohibit-password
PermitUserEnvironment no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
MaxStartups 100:30:200
PrintMotd no
PrintLastLog no
X11Forwarding no
AllowTcpForwarding yes
LogLevel ERROR
`;
}
