import type { ChildProcess } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onFullDisk, prepareFullDisk } from "./disk.ts";
import { execute, signalGroup } from "./execute.ts";
import { forward } from "./forward.ts";
import { load } from "./load.ts";
import type { Breakage, HostStatus } from "./request.ts";
import { type Listening, listen, type Service } from "./server.ts";
import type { Keys } from "./state.ts";
import { type Supervisor, supervise } from "./supervisor.ts";
import { mark } from "./trace.ts";

export type HostSetting = {
  readonly name: string;
  readonly home: string;
  readonly keys: Keys;
  readonly nonce: string;
  readonly index: number;
};

export type SandboxHost = {
  break(how: Breakage): Promise<void>;
  status(): HostStatus;
  close(): Promise<void>;
};

/** One host: its folder, its SSH server, its supervisor and its traffic. */
export async function startHost(setting: HostSetting): Promise<SandboxHost> {
  const { name, home, keys, index } = setting;
  mkdirSync(join(home, "tmp"), { recursive: true });
  rmSync(sickness(home), { force: true });
  const env = environment(setting);
  const broken = new Set<Breakage>();
  const children = new Set<ChildProcess>();
  const ssh = await listen(keys, service(home, env, { broken, children }));
  const supervisor = supervise({ home, env });
  const traffic = load(home, index);
  const breaking = breaker(home, { supervisor, ssh });
  return {
    async break(how) {
      if (how === "up") broken.clear();
      else broken.add(how);
      await breaking[how]();
    },
    status: () => ({ name, port: ssh.port(), home, broken: [...broken], app: supervisor.status() }),
    async close() {
      traffic.close();
      await ssh.shut();
      for (const child of children) signalGroup(child, "TERM");
      await supervisor.close();
    },
  };
}

function service(
  home: string,
  env: NodeJS.ProcessEnv,
  now: { readonly broken: ReadonlySet<Breakage>; readonly children: Set<ChildProcess> },
): Service {
  return {
    execute(command, channel, onSignal) {
      const asked = { home, command, env };
      const child = execute(now.broken.has("disk") ? onFullDisk(asked) : asked, channel);
      now.children.add(child);
      child.on("close", () => now.children.delete(child));
      onSignal((name) => signalGroup(child, name));
    },
    forward: (target, answer) => forward(home, target, answer),
  };
}

function breaker(home: string, { supervisor, ssh }: { supervisor: Supervisor; ssh: Listening }) {
  return {
    down: () => ssh.shut(),
    crash: async () => supervisor.crash(true),
    sick: async () => writeFileSync(sickness(home), ""),
    disk: async () => prepareFullDisk(home),
    up: () => {
      supervisor.crash(false);
      rmSync(sickness(home), { force: true });
      return ssh.open();
    },
  } satisfies Record<Breakage, () => Promise<void>>;
}

/** The app's health check says no while this file is there. */
function sickness(home: string): string {
  return join(home, ".sick");
}

/** A login's environment, and nothing of whoever started the sandbox but the way to its programs. */
function environment({ home, nonce }: HostSetting): NodeJS.ProcessEnv {
  return {
    // Hosts that pass bytes on listen where sshd says that they were reached.
    SSH_CONNECTION: "127.0.0.1 1 127.0.0.1 22",
    PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    LANG: "C.UTF-8",
    USER: "deploy",
    LOGNAME: "deploy",
    SHELL: "/bin/sh",
    HOME: home,
    TMPDIR: join(home, "tmp"),
    [mark]: nonce,
  };
}
