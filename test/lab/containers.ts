import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RigHost } from "../e2e/openssh.ts";
import { hostKey, writeFiles, writeSshConfig } from "../e2e/openssh-files.ts";
import { openPlace, type Place } from "../e2e/ship.ts";
import { cohortFiles, configText, type Lines, type Stages } from "./config.ts";
import { inside, type Node, openNet } from "./net.ts";
import { until } from "./until.ts";

/** A host with a real systemd as its first process, its own disk, and its own network. */
export type Container = RigHost & {
  readonly node: Node;
  /** Its disk, as seen from outside: it outlives the power. */
  readonly disk: string;
  /** Resolves when its sshd listens. */
  boot(): Promise<void>;
  /** The power goes: every process ends at one instant. What was written stays, as in a disk without a cache. */
  powerOff(): Promise<void>;
  /** Runs a command in it, past ssh, and gives its output. */
  sh(line: string): string;
};

export type Containers = {
  readonly place: Place;
  readonly hosts: readonly Container[];
  close(): Promise<void>;
};

type Setting = {
  readonly stages: Stages;
  readonly lines: Lines;
  /** Who logs in: `root`, or `deploy`, who has a crontab and nothing else. */
  readonly login: "root" | "deploy";
  /** Files of every host's disk; those that end in .service are enabled. */
  readonly files?: Readonly<Record<string, string>>;
};

const base = "/var/tmp/ship-containers";

/** Can containers be booted here? In CI they must be, as far as the machine allows it. */
export function hasContainers(): boolean {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/systemd-nspawn")) return false;
  return spawnSync("unshare", ["--mount", "--pid", "--fork", "true"]).status === 0;
}

/** Boots containers whose root is this machine's own, each with what it writes in a memory of its own. */
export async function openContainers({ stages, lines, login, files = {} }: Setting): Promise<Containers> {
  sweep();
  const folder = join(base, `${process.pid}-${Date.now()}`);
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=2g", "ship-containers", folder]);
  const net = openNet(Math.max(...Object.values(stages).map(({ hosts }) => hosts)));
  const plain = net.hosts.map((node, index) => ({ ...rigHost(folder, node, index + 1, login), node }));
  const { key, knownHosts } = await writeFiles(folder, plain);
  const hosts = plain.map((host) => container(folder, host));
  const place = openPlace(
    {
      "ship.config.yaml": configText(stages, lines).replace("user: root", `user: ${login}`),
      ...cohortFiles(stages, hosts, new Map()),
    },
    inside(net.client),
  );
  writeSshConfig(join(place.folder, "../home"), hosts, { key, knownHosts, user: login });
  const close = async () => {
    await place.close();
    for (const host of hosts) await host.powerOff();
    for (const { disk } of hosts) spawnSync("umount", ["-l", disk]);
    net.close();
    spawnSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const host of hosts) install(folder, host, login, files);
    await Promise.all(hosts.map((host) => host.boot()));
  } catch (error) {
    await close();
    throw error;
  }
  return { place, hosts, close };
}

function rigHost(folder: string, { address }: Node, number: number, user: string): RigHost {
  const name = `h${String(number).padStart(2, "0")}`;
  const host = { name, address, port: 22, user, labels: {}, cohort: "" };
  return { name, address, port: 22, home: join(folder, "homes", name), host };
}

function container(folder: string, host: RigHost & { readonly node: Node }): Container {
  const disk = join(folder, "disks", host.name);
  let starter: ChildProcess | undefined;
  let leader = 0;
  return {
    ...{ ...host, disk },
    async boot() {
      const log = createWriteStream(join(folder, `${host.name}.log`), { flags: "a" });
      const words = ["-q", "-D", disk, "--boot", "--register=no", "--keep-unit", "-M", host.name];
      const network = `--network-namespace-path=/run/netns/${host.node.namespace}`;
      starter = spawn("systemd-nspawn", [...words, network, "systemd.unit=multi-user.target"], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      starter.stdout?.pipe(log);
      starter.stderr?.pipe(log);
      const { pid } = starter;
      await until(`the sshd of ${host.name} listens`, () => {
        leader = childOf(pid);
        return listens(leader);
      });
    },
    async powerOff() {
      if (starter === undefined) return;
      const gone = new Promise((resolve) => starter?.once("exit", resolve));
      if (starter.exitCode === null && starter.signalCode === null) {
        spawnSync("kill", ["-KILL", String(leader)]);
        await gone;
      }
      starter = undefined;
    },
    sh: (line) =>
      execFileSync("nsenter", ["-t", String(leader), "-a", "--", "/bin/sh", "-c", line], { encoding: "utf8" }),
  };
}

/** The container's first process is the only child of who started it, once it has got its namespaces. */
function childOf(pid: number | undefined): number {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? Number(readFileSync(file, "utf8").trim().split(" ")[0] || 0) : 0;
}

function listens(pid: number): boolean {
  try {
    return / [0-9A-F]{8}:0016 00000000:0000 0A /.test(readFileSync(`/proc/${pid}/net/tcp`, "latin1"));
  } catch {
    return false;
  }
}

/** Services of the machine below that a host of the lab has no use for. */
const masked = [
  ...["getty@tty1", "console-getty", "systemd-networkd", "systemd-resolved", "systemd-timesyncd", "systemd-logind"],
  ...["postgresql", "prometheus", "prometheus-node-exporter", "redis-server", "nats-server", "e2scrub_reap"],
];

function install(folder: string, host: Container, login: string, files: Readonly<Record<string, string>>): void {
  const [upper, work] = ["upper", "work"].map((name) => join(folder, name, host.name));
  for (const path of [upper, work, host.disk]) mkdirSync(path ?? "", { recursive: true });
  execFileSync("mount", ["-t", "overlay", "overlay", "-o", `lowerdir=/,upperdir=${upper},workdir=${work}`, host.disk]);
  const units = join(host.disk, "etc/systemd/system");
  for (const name of readdirSync(units).filter((entry) => entry.endsWith(".wants")))
    rmSync(join(units, name), { recursive: true });
  const home = login === "root" ? "root" : `home/${login}`;
  const key = readFileSync(join(folder, "id_ed25519.pub"), "utf8");
  const all = {
    "etc/hostname": `${host.name}\n`,
    "etc/machine-id": "",
    "etc/ssh/sshd_config": "PermitRootLogin prohibit-password\nUsePAM no\nStrictModes no\nUseDNS no\nLogLevel ERROR\n",
    "etc/ssh/ssh_host_ed25519_key": readFileSync(hostKey(folder, host), "utf8"),
    [`${home}/.ssh/authorized_keys`]: key,
    ...files,
  };
  for (const [file, text] of Object.entries(all)) write(host.disk, file, text);
  const wanted = ["ssh.service", "cron.service", ...Object.keys(files).filter((file) => file.endsWith(".service"))];
  const script = [
    ...(login === "root"
      ? []
      : [`useradd -p '*' -s /bin/sh -d /home/${login} ${login}`, `chown -R ${login} /home/${login}`]),
    "rm -f /root/.bashrc /etc/ssh/ssh_host_rsa* /etc/ssh/ssh_host_ecdsa* /run/crond.reboot",
    "chmod 600 /etc/ssh/ssh_host_ed25519_key",
    "mkdir -p /etc/systemd/system/multi-user.target.wants",
    ...masked.map((name) => `ln -sf /dev/null /etc/systemd/system/${name}.service`),
    ...wanted.map((file) => enable(file.replace(/^.*\//, ""))),
  ];
  execFileSync("chroot", [host.disk, "sh", "-c", script.join("\n")], { stdio: ["ignore", "ignore", "pipe"] });
}

function enable(unit: string): string {
  const found = `$(ls /etc/systemd/system/${unit} /lib/systemd/system/${unit} 2>/dev/null | head -n 1)`;
  return `ln -sf "${found}" /etc/systemd/system/multi-user.target.wants/${unit}`;
}

function write(disk: string, file: string, text: string): void {
  const path = join(disk, file);
  mkdirSync(join(path, ".."), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, text);
}

/** Takes away what a run left that is gone. */
function sweep(): void {
  for (const name of existsSync(base) ? readdirSync(base) : []) {
    if (existsSync(`/proc/${name.split("-")[0]}`)) continue;
    const disks = join(base, name, "disks");
    for (const disk of existsSync(disks) ? readdirSync(disks) : []) spawnSync("umount", ["-l", join(disks, disk)]);
    spawnSync("umount", ["-l", join(base, name)]);
    rmSync(join(base, name), { recursive: true, force: true });
  }
}
