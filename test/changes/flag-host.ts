import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flagArchive } from "../../src/changes/flag-release.ts";
import type { FlagState } from "../../src/core/flag.ts";
import { readDefinitions } from "../../src/sdk/definitions.ts";
import { lxc, stateOf } from "../core/flags.ts";
import type { Shell } from "../host/local-transport.ts";

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** A component's path on a host that is a folder, with releases of flags in it, run by one shell. */
export type FlagHost = {
  readonly root: string;
  /** The component's path. */
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes a release of a flag, as placing it would, and gives its folder. */
  place(name: string, state: Partial<FlagState>): string;
  run(folder: string, program: string, env?: Readonly<Record<string, string>>): Ended;
  /** The same, at the same time as others. */
  start(folder: string, script: string): Promise<number | null>;
  /** From here on nothing waits for the disk: no test takes the machine's power away. */
  withoutSync(): void;
  /** See flagsIn. */
  flags(file?: string): Readonly<Record<string, string | undefined>> | string;
  close(): void;
};

export function createFlagHost(shell: Shell): FlagHost {
  const root = mkdtempSync(join(tmpdir(), `ship-flags-${shell}-`));
  const [bin, path] = [join(root, "bin"), join(root, "srv/api")];
  mkdirSync(bin);
  mkdirSync(path, { recursive: true });
  if (shell === "busybox") spawnSync("busybox", ["--install", "-s", bin]);
  else symlinkSync(join("/bin", shell), join(bin, "sh"));
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: root, SHIP_FLAGS_FILE: "{path}/shared/flags.json" };
  return {
    ...{ root, path, env },
    place: (name, state) => placed(path, name, state),
    run(cwd, program, more = {}) {
      const ended = spawnSync(join(bin, "sh"), [program], { cwd, env: { ...env, ...more }, encoding: "utf8" });
      return { code: ended.status, out: ended.stdout, err: ended.stderr };
    },
    start: (cwd, script) =>
      new Promise((resolve) => {
        const child = spawn(join(bin, "sh"), ["-c", script], { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
        child.once("exit", (code) => resolve(code));
      }),
    withoutSync: () => {
      rmSync(join(bin, "sync"), { force: true });
      symlinkSync("/bin/true", join(bin, "sync"));
    },
    flags: (file = join(path, "shared/flags.json")) => flagsIn(file),
    close: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Hosts for the tests of a file, gone after each. */
export function keepFlagHosts() {
  const open: FlagHost[] = [];
  return {
    hostOf(shell: Shell): FlagHost {
      const host = createFlagHost(shell);
      open.push(host);
      return host;
    },
    closeAll: () => {
      for (const host of open.splice(0)) host.close();
    },
  };
}

function placed(path: string, name: string, state: Partial<FlagState>): string {
  const archive = flagArchive({ ...lxc, name }, stateOf(state));
  if (archive.type === "complaint") throw new Error(archive.message);
  const folder = join(path, `.ship/flags/${name}/releases`, `${state.variant ?? "on"}-3f2a9c1b`);
  mkdirSync(folder, { recursive: true });
  for (const file of archive.files) writeFileSync(join(folder, file.name), file.text);
  return folder;
}

/** Every flag of a file by its default variant; a text where it cannot be read. */
export function flagsIn(file: string): ReturnType<FlagHost["flags"]> {
  const read = readDefinitions(readFileSync(file, "utf8"), () => 0);
  if (typeof read === "string") return read;
  return Object.fromEntries([...read].map(([name, { defaultVariant }]) => [name, defaultVariant]));
}
