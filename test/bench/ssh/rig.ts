import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * As many hosts as wanted, of one sshd: it listens on every address of 127.0.0.0/8 in a network namespace of its own, and
 * the login user's shell picks the home folder by the address that was called.
 */
export type Rig = {
  readonly root: string;
  readonly user: string;
  readonly key: string;
  /** Address of a host by its number from 0 on. */
  address(number: number): string;
  /** A host's home folder. */
  home(number: number): string;
  /** A file with the first so many addresses, one a line. */
  list(count: number): string;
  /** Commands that were started on hosts so far, all together. */
  execs(): number;
  /** Bytes that went over loopback so far, in either direction. */
  bytes(): number;
  /** Forgets what was shipped to the hosts. */
  wipe(): void;
  stop(): void;
};

const user = "fleet";
const id = 54_321;

/** Needs a network and a mount namespace of its own: it changes /etc/passwd, and takes port 22. */
export async function startRig(root: string, count: number): Promise<Rig> {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  // One disk would stand for those of all hosts, and each host's sync would wait for all the others' bytes.
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755,size=75%", "tmpfs", root]);
  const key = join(root, "client/.ssh/id_ed25519");
  for (const folder of ["client/.ssh", "hosts", "versions"]) mkdirSync(join(root, folder), { recursive: true });
  for (const file of [key, join(root, "host_key")])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", file]);
  writeAccess(root, key, count);
  writeHosts(root, count);
  const server = startServer(root);
  // What every host's service is, so that a process is found.
  const service = spawn("sleep", ["100000"], { uid: id, gid: id, stdio: "ignore" });
  writeFileSync(join(root, "service.pid"), `${service.pid}\n`);
  await untilItAnswers();
  const stop = () => {
    server.kill("SIGKILL");
    service.kill("SIGKILL");
  };
  return { root, user, key, address, home: (number) => homeOf(root, number), ...looks(root, count), stop };
}

function looks(root: string, count: number): Pick<Rig, "list" | "execs" | "bytes" | "wipe"> {
  return {
    list: (wanted) => {
      const file = join(root, `hosts-${wanted}`);
      writeFileSync(file, Array.from({ length: wanted }, (_, number) => `${address(number)}\n`).join(""));
      return file;
    },
    execs: () => statSync(join(root, "execs")).size,
    bytes: () => Number(/lo:\s*(\d+)/.exec(readFileSync("/proc/net/dev", "utf8"))?.[1]),
    wipe: () => {
      for (let number = 0; number < count; number += 1) {
        rmSync(homeOf(root, number), { recursive: true, force: true });
      }
      writeHosts(root, count);
    },
  };
}

function address(number: number): string {
  return `127.1.${Math.floor(number / 200)}.${(number % 200) + 1}`;
}

function homeOf(root: string, number: number): string {
  return join(root, "hosts", address(number));
}

function writeHosts(root: string, count: number): void {
  for (let number = 0; number < count; number += 1) mkdirSync(homeOf(root, number));
  execFileSync("chown", ["-R", `${id}:${id}`, join(root, "hosts")]);
}

/** Who may log in, and as whom: the same for ship and for every peer, in the files that OpenSSH reads. */
function writeAccess(root: string, key: string, count: number): void {
  const shell = join(root, "shell");
  writeFileSync(shell, shellText(root), { mode: 0o755 });
  writeFileSync(join(root, "execs"), "");
  chmodSync(join(root, "execs"), 0o666);
  chmodSync(root, 0o755);
  const people = readFileSync("/etc/passwd", "utf8").replace(/^(root:.*):[^:]*:([^:]*)$/m, `$1:${root}/client:$2`);
  const passwd = join(root, "passwd");
  writeFileSync(passwd, `${people}${user}:*:${id}:${id}::${root}:${shell}\n`, { mode: 0o644 });
  execFileSync("mount", ["--bind", passwd, "/etc/passwd"]);
  writeFileSync(join(root, "authorized_keys"), readFileSync(`${key}.pub`));
  const shown = readFileSync(join(root, "host_key.pub"), "utf8").split(" ").slice(0, 2).join(" ");
  const known = Array.from({ length: count }, (_, number) => [
    address(number),
    `[${address(number)}]:${farPort}`,
  ]).flat();
  writeFileSync(join(root, "client/.ssh/known_hosts"), known.map((name) => `${name} ${shown}\n`).join(""));
  writeFileSync(join(root, "client/.ssh/config"), `Host *\n  User ${user}\n`, { mode: 0o600 });
  writeFileSync(join(root, "sshd_config"), serverText(root));
}

/** Where the same hosts answer at the far end of a slow line. */
export const farPort = 2222;

/** Notes each command by one byte, and starts it where the host's files are. */
function shellText(root: string): string {
  return `#!/bin/sh
a=\${SSH_CONNECTION% *}
a=\${a##* }
HOME=${root}/hosts/$a
export HOME
cd "$HOME" || exit 97
echo >>${root}/execs
exec /bin/sh "$@"
`;
}

/** One host key and a classical key exchange: what all clients are fastest with. */
function serverText(root: string): string {
  return `Port 22
ListenAddress 0.0.0.0
HostKey ${root}/host_key
AuthorizedKeysFile ${root}/authorized_keys
KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
MaxStartups 2000
MaxSessions 100
PrintMotd no
PrintLastLog no
Subsystem sftp internal-sftp
LogLevel ERROR
`;
}

function startServer(root: string): ChildProcess {
  mkdirSync("/run/sshd", { recursive: true });
  return spawn("/usr/sbin/sshd", ["-D", "-f", join(root, "sshd_config"), "-E", join(root, "sshd.log")], {
    stdio: "ignore",
  });
}

async function untilItAnswers(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answered = await new Promise((resolve) => {
      const socket = connect(22, address(0));
      socket.once("data", () => socket.destroy());
      socket.on("close", (hadError) => resolve(!hadError));
      socket.on("error", () => undefined);
    });
    if (answered) return;
    await sleep(50);
  }
  throw new Error("the sshd of the benchmark does not answer");
}
