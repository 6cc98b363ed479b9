import type { ChildProcess } from "node:child_process";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/core/fleet.ts";
import type { Target } from "../../src/ssh/target.ts";
import { parseKnownHosts } from "../../src/ssh/trust/known-hosts.ts";
import { type Access, writeFiles, writeSshConfig } from "./openssh-files.ts";
import { endAll, leftovers, sessionsOf, signal } from "./openssh-processes.ts";
import { ended, freePort, startServer, untilItAnswers } from "./openssh-server.ts";

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

export type Setting = {
  readonly hosts: number;
  /** Makes more files, and returns more of sshd's config. Each host's key lies in `root`/keys under its name. */
  readonly prepare?: (root: string, hosts: readonly RigHost[]) => string;
};

/** Starts `hosts` servers, one process each, all on one free port and on addresses of 127.0.0.0/8 of their own. */
export async function startOpenSsh({ hosts: count, prepare }: Setting): Promise<Rig> {
  const root = await mkdtemp(join(tmpdir(), "ship-openssh-"));
  const port = await freePort();
  const prefix = `127.${between(1, 254)}.${between(0, 255)}`;
  const hosts = Array.from({ length: count }, (_, i) => rigHost(root, `${prefix}.${i + 1}`, port, i + 1));
  const { config, ...files } = await writeFiles(root, hosts);
  if (prepare !== undefined) appendFileSync(config, prepare(root, hosts));
  const access = { ...files, user: userInfo().username };
  const servers = serversOf(root, config);

  async function stop(): Promise<void> {
    await Promise.all(hosts.map(servers.stopHost));
    await endAll(() => leftovers(root));
    rmSync(root, { recursive: true, force: true });
  }

  const started = await Promise.allSettled(hosts.map(servers.startHost));
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    ...{ hosts, root, stop },
    ...access,
    ...servers,
    resolve: async (host) => target(host, access),
    writeSshConfig: (home) => writeSshConfig(home, hosts, access),
    cut: (host) => signal(servers.sessions(host), "SIGKILL"),
    freeze: (host) => signal(servers.sessions(host), "SIGSTOP"),
    thaw: (host) => signal(servers.sessions(host), "SIGCONT"),
  };
}

function serversOf(root: string, config: string): Pick<Rig, "startHost" | "stopHost" | "sessions"> {
  const servers = new Map<string, ChildProcess>();
  const sessions = (host: RigHost) => sessionsOf(servers.get(host.name)?.pid);
  return {
    sessions,
    async startHost(host) {
      servers.set(host.name, startServer(config, root, host));
      await untilItAnswers(host);
    },
    async stopHost(host) {
      const server = servers.get(host.name);
      if (server === undefined) return;
      // Held still first, so that it takes no connection that would outlive it unseen.
      server.kill("SIGSTOP");
      signal(sessions(host), "SIGKILL");
      servers.delete(host.name);
      await ended(server);
    },
  };
}

function rigHost(root: string, address: string, port: number, number: number): RigHost {
  const name = `h${String(number).padStart(2, "0")}`;
  const host: Host = { name, address, port, user: userInfo().username, labels: {}, cohort: "" };
  return { name, address, port, home: join(root, "hosts", address), host };
}

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

function between(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}
