import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Host } from "../../src/core/fleet.ts";
import { parseKnownHosts } from "../../src/ssh/known-hosts.ts";
import type { Target } from "../../src/ssh/target.ts";

/** One host of the rig: a real sshd of its own, with a home folder of its own on the same machine. */
export type RigHost = {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Where its commands start, and what they see as HOME. */
  readonly home: string;
  /** As ship's config would name it. */
  readonly host: Host;
};

/** A fleet of real OpenSSH servers on loopback. All share one machine: a service on a host needs a port of its own. */
export type Rig = {
  readonly hosts: readonly RigHost[];
  readonly root: string;
  readonly user: string;
  /** Files: known_hosts with every host pinned, and the private key that logs in. */
  readonly knownHosts: string;
  readonly key: string;
  /** For `openSsh`: logs in without looking at anybody's ssh_config. */
  resolve(host: Host): Promise<Target>;
  /** Writes `home`/.ssh/config, so that a program with HOME=`home` reaches the hosts by their names. */
  writeSshConfig(home: string): void;
  /** The processes that serve the open connections of a host. */
  sessions(host: RigHost): readonly number[];
  /** Ends a host's connections, as a network would; its sshd goes on. */
  cut(host: RigHost): void;
  /** Nothing of the host answers until it is thawed, while its TCP connections stay. */
  freeze(host: RigHost): void;
  thaw(host: RigHost): void;
  /** The host's sshd and connections end; what runs on it goes on. */
  stopHost(host: RigHost): Promise<void>;
  startHost(host: RigHost): Promise<void>;
  stop(): Promise<void>;
};

/** Starts `hosts` servers, one process each, all on one free port and on addresses of 127.0.0.0/8 of their own. */
export async function startOpenSsh({ hosts: count }: { readonly hosts: number }): Promise<Rig> {
  const root = await mkdtemp(join(tmpdir(), "ship-openssh-"));
  const port = await freePort();
  const prefix = `127.${between(1, 254)}.${between(0, 255)}`;
  const hosts = Array.from({ length: count }, (_, i) => rigHost(root, `${prefix}.${i + 1}`, port, i + 1));
  const { key, knownHosts, config } = await writeFiles(root, hosts);
  const user = userInfo().username;
  const servers = new Map<string, ChildProcess>();

  async function startHost(host: RigHost): Promise<void> {
    servers.set(host.name, startServer(config, root, host));
    await untilItAnswers(host);
  }

  async function stopHost(host: RigHost): Promise<void> {
    const server = servers.get(host.name);
    const open = sessions(host);
    servers.delete(host.name);
    if (server !== undefined) await ended(server);
    signal(open, "SIGKILL");
  }

  function sessions(host: RigHost): readonly number[] {
    return sessionsOf(servers.get(host.name)?.pid);
  }

  async function stop(): Promise<void> {
    await Promise.all(hosts.map(stopHost));
    signal(leftovers(root), "SIGKILL");
    rmSync(root, { recursive: true, force: true });
  }

  const started = await Promise.allSettled(hosts.map(startHost));
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    hosts,
    root,
    user,
    knownHosts,
    key,
    resolve: async (host) => target(host, { key, knownHosts, user }),
    writeSshConfig: (home) => writeSshConfig(home, hosts, { key, knownHosts, user }),
    sessions,
    cut: (host) => signal(sessions(host), "SIGKILL"),
    freeze: (host) => signal(sessions(host), "SIGSTOP"),
    thaw: (host) => signal(sessions(host), "SIGCONT"),
    startHost,
    stopHost,
    stop,
  };
}

function rigHost(root: string, address: string, port: number, number: number): RigHost {
  const name = `h${String(number).padStart(2, "0")}`;
  const host: Host = { name, address, port, user: userInfo().username, labels: {}, cohort: "" };
  return { name, address, port, home: join(root, "hosts", address), host };
}

type Files = { readonly key: string; readonly knownHosts: string; readonly config: string };

type Access = { readonly key: string; readonly knownHosts: string; readonly user: string };

function target(host: Host, { key, knownHosts, user }: Access): Target {
  const name = `[${host.address}]:${host.port}`;
  const lines = parseKnownHosts(readFileSync(knownHosts, "utf8"), knownHosts);
  const pinned = lines
    .filter((line) => line.hosts.split(",").includes(name))
    .map(({ type, key, where }) => ({ type, key, where, revoked: false }));
  return {
    name,
    address: host.address,
    port: host.port ?? 22,
    user: host.user ?? user,
    keys: [readFileSync(key, "utf8")],
    agent: undefined,
    agentKeys: undefined,
    pinned,
    authorities: [],
    knownHosts: [knownHosts],
    notes: [],
  };
}

async function writeFiles(root: string, hosts: readonly RigHost[]): Promise<Files> {
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

/** Makes an ed25519 key pair and returns its public line. Not by ssh2, whose generator spoils one key in 128. */
async function makeKey(path: string): Promise<string> {
  await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "rig", "-f", path]);
  return readFileSync(`${path}.pub`, "utf8");
}

function hostKey(root: string, host: RigHost): string {
  return join(root, "keys", host.name);
}

/**
 * Makes of one machine many hosts: the server's address picks the home folder. The command runs under sh, as on a
 * server whose login shell is a plain one.
 */
function loginScript(root: string): string {
  return `#!/bin/sh
set -- $SSH_CONNECTION
HOME=${root}/hosts/$3 TMPDIR=${root}/hosts/$3/tmp SHIP_RIG=${root}
export HOME TMPDIR SHIP_RIG
unset SHLVL
cd "$HOME" || exit 97
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

function startServer(config: string, root: string, host: RigHost): ChildProcess {
  // sshd insists on this folder when it runs as root; the service's unit would make it.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const options = ["-o", `ListenAddress=${host.address}:${host.port}`, "-h", hostKey(root, host)];
  const log = join(root, "keys", `${host.name}.log`);
  return spawn(sshd(), ["-D", "-f", config, "-E", log, ...options], { stdio: "ignore" });
}

function sshd(): string {
  const found = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"].find((path) => existsSync(path));
  if (found === undefined) throw new Error("There is no sshd here: apt-get install openssh-server");
  return found;
}

/** Whether this machine can run the rig; tests say so when they leave it out. */
export function hasOpenSsh(): boolean {
  return process.platform === "linux" && existsSync("/usr/sbin/sshd");
}

async function untilItAnswers(host: RigHost): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await answers(host)) return;
    await sleep(25);
  }
  throw new Error(`The sshd of ${host.name} (${host.address}:${host.port}) does not answer`);
}

function answers({ address, port }: RigHost): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    socket.once("data", () => socket.destroy());
    socket.on("close", (hadError) => resolve(!hadError));
    socket.on("error", () => undefined);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function between(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}

function writeSshConfig(home: string, hosts: readonly RigHost[], { key, knownHosts, user }: Access): void {
  const entries = hosts.map((host) => `Host ${host.name}\n  HostName ${host.address}\n  Port ${host.port}\n`);
  const every = `Host *\n  User ${user}\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${knownHosts}\n`;
  mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, ".ssh", "config"), `${entries.join("")}${every}  GlobalKnownHostsFile none\n`, {
    mode: 0o600,
  });
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await gone;
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** The sshd processes below a listening one: each connection has one, or two where privileges are separated. */
function sessionsOf(listener: number | undefined): readonly number[] {
  if (listener === undefined) return [];
  const children = parents();
  const direct = children.filter(({ parent }) => parent === listener).map(({ pid }) => pid);
  const below = children.filter(({ parent, name }) => direct.includes(parent) && name.startsWith("sshd"));
  return [...direct, ...below.map(({ pid }) => pid)];
}

function parents(): readonly { pid: number; parent: number; name: string }[] {
  return processes().flatMap((pid) => {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
    return name === undefined ? [] : [{ pid, parent: Number(parent), name }];
  });
}

/** What commands left running on the hosts: they carry the rig's own folder in their environment or stand in it. */
function leftovers(root: string): readonly number[] {
  return processes().filter((pid) => {
    if (pid === process.pid) return false;
    return (
      read(`/proc/${pid}/environ`).split("\0").includes(`SHIP_RIG=${root}`) || folder(pid).startsWith(`${root}/hosts/`)
    );
  });
}

function processes(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function folder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
