import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RigHost } from "../e2e/openssh.ts";
import { writeFiles, writeSshConfig } from "../e2e/openssh-files.ts";
import { endAll, leftovers, sessionsOf, signal } from "../e2e/openssh-processes.ts";
import { openPlace, type Place } from "../e2e/ship.ts";
import { cohortFiles, configText, type Lines, type Stages, type Via } from "./config.ts";
import { inside, type Net, type Node, openNet } from "./net.ts";
import { type Behaviour, running, writeVersion } from "./service.ts";
import { until } from "./until.ts";

/** A host of the lab: a network, an sshd and a service of its own; its disk is a folder that the test can look into. */
export type LabHost = RigHost & { readonly node: Node };

export type Setting = {
  readonly stages: Stages;
  /** Lines of the component, in place of the usual ones. */
  readonly lines?: Lines;
  /** Options of every sshd, over the usual ones. */
  readonly sshd?: readonly string[];
};

/** Real OpenSSH servers, each in its own network, and ship in another one beside them. */
export type Lab = {
  readonly net: Net;
  readonly root: string;
  readonly place: Place;
  readonly stages: Stages;
  readonly hosts: readonly LabHost[];
  host(name: string): LabHost;
  /** Makes a version that ship can find; v1 to v3 are there. */
  version(name: string, behaviour?: Behaviour): void;
  /** Writes the config anew, with these lines in place of the usual ones, and these hosts reached at other addresses. */
  configure(lines: Lines, via?: Via): void;
  /** What runs on each host, as the machine itself sees it: `h01 v1`. */
  serving(): readonly string[];
  sessions(host: LabHost): readonly number[];
  stopHost(host: LabHost): void;
  /** `options` are this start's own, over those of the lab. */
  startHost(host: LabHost, options?: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

export async function openLab({ stages, lines = {}, sshd = [] }: Setting): Promise<Lab> {
  const net = openNet(Math.max(...Object.values(stages).map(({ hosts }) => hosts)));
  const root = await mkdtemp(join(tmpdir(), "ship-lab-"));
  const hosts = net.hosts.map((node, index) => labHost(root, node, index + 1));
  const { config, key, knownHosts } = await writeFiles(root, hosts);
  const files = (more: Lines, via: Via = new Map()) => ({
    "ship.config.yaml": configText(stages, { ...lines, ...more }),
    ...cohortFiles(stages, hosts, via),
  });
  const place = openPlace(files({}), inside(net.client));
  writeSshConfig(join(place.folder, "../home"), hosts, { key, knownHosts, user: "root" });
  const servers = serversOf(root, config, sshd);
  const version = (name: string, behaviour?: Behaviour) =>
    writeVersion(join(place.folder, "versions", name), name, behaviour);
  for (const name of ["v1", "v2", "v3"]) version(name);
  await Promise.all(hosts.map((host) => servers.startHost(host)));
  return {
    ...{ net, root, place, stages, hosts, version },
    ...servers,
    host: (name) => named(hosts, name),
    configure: (more, via) => {
      for (const [file, text] of Object.entries(files(more, via))) place.write(file, text);
    },
    serving: () => hosts.map(({ name, home }) => `${name} ${running(home) ?? "-"}`),
    async close() {
      await place.close();
      for (const host of hosts) servers.stopHost(host);
      await endAll(() => leftovers(root));
      net.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function labHost(root: string, node: Node, number: number): LabHost {
  const name = `h${String(number).padStart(2, "0")}`;
  const { address } = node;
  const host = { name, address, port: 22, user: "root", labels: {}, cohort: "" };
  return { name, address, port: 22, home: join(root, "hosts", address), host, node };
}

function named(hosts: readonly LabHost[], name: string): LabHost {
  const found = hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`the lab has no ${name}`);
  return found;
}

function serversOf(
  root: string,
  config: string,
  options: readonly string[],
): Pick<Lab, "sessions" | "stopHost" | "startHost"> {
  const servers = new Map<string, ChildProcess>();
  const sessions = ({ name }: LabHost) => sessionsOf(servers.get(name)?.pid);
  mkdirSync("/run/sshd", { recursive: true });
  return {
    sessions,
    async startHost(host, more = []) {
      const [command, ...words] = inside(host.node);
      const own = [
        "-D",
        "-f",
        config,
        "-h",
        join(root, "keys", host.name),
        "-E",
        join(root, "keys", `${host.name}.log`),
      ];
      const all = [...own, ...[...more, ...options].flatMap((option) => ["-o", option])];
      const server = spawn(command, [...words, "/usr/sbin/sshd", ...all], { stdio: "ignore" });
      servers.set(host.name, server);
      await until(`the sshd of ${host.name} listens`, () => isListening(server.pid));
    },
    stopHost(host) {
      const server = servers.get(host.name);
      if (server === undefined) return;
      // Held still first, so that it takes no connection that would outlive it unseen.
      server.kill("SIGSTOP");
      signal(sessions(host), "SIGKILL");
      servers.delete(host.name);
      server.kill("SIGKILL");
    },
  };
}

/** Does something listen at port 22 of the process' own network? */
function isListening(pid: number | undefined): boolean {
  try {
    return / [0-9A-F]{8}:0016 00000000:0000 0A /.test(readFileSync(`/proc/${pid}/net/tcp`, "latin1"));
  } catch {
    return false;
  }
}
