import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Cost, measured } from "./measure.ts";
import { farPort, type Rig } from "./rig.ts";

/** A folder with a config of the rig's hosts, from which ship is run. */
export type Project = {
  readonly folder: string;
  /** Writes the config anew for so many hosts. */
  configure(hosts: number, lines?: Readonly<Record<string, string>>, where?: "near" | "far"): void;
  /** A version with a file of so many random bytes. */
  version(name: string, bytes: number): void;
  ship(...args: readonly string[]): Promise<Cost>;
  /** The same, where other exit codes than 0 may come. */
  shipped(exits: readonly number[], ...args: readonly string[]): Promise<Cost>;
};

export const shipProgram = resolve("bin/ship");

export function openProject(rig: Rig, profile: string | undefined): Project {
  const folder = join(rig.root, "project");
  mkdirSync(join(folder, "cohorts"), { recursive: true });
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`];
  const shipped = (exits: readonly number[], ...args: readonly string[]) =>
    measured({ run: [process.execPath, ...profiling, shipProgram, ...args], cwd: folder, env: homeOf(rig), exits });
  return {
    folder,
    configure(hosts, lines = {}, where = "near") {
      writeFileSync(join(folder, "ship.config.yaml"), configText(rig, lines));
      rmSync(join(folder, "cohorts"), { recursive: true });
      mkdirSync(join(folder, "cohorts"));
      for (const [name, count] of cohortsOf(hosts))
        writeFileSync(join(folder, "cohorts", `${name}.yaml`), cohortText(rig, count, where, name));
    },
    version(name, bytes) {
      const path = join(folder, "versions", name);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "VERSION"), `${name}\n`);
      writeFileSync(join(path, "blob"), randomBytes(bytes));
    },
    ship: (...args) => shipped([0], ...args),
    shipped,
  };
}

/** Everybody's home: ship's and the peers'. */
export function homeOf({ root }: Rig): Readonly<Record<string, string>> {
  return { HOME: join(root, "client"), SSH_AUTH_SOCK: "", CI: "", NO_COLOR: "1" };
}

/** One of a hundred, a tenth, all. */
function cohortsOf(hosts: number): readonly (readonly [string, number])[] {
  return [["one", 1] as const, ["tenth", tenthOf(hosts)] as const, ["all", hosts] as const];
}

function cohortText(rig: Rig, count: number, where: "near" | "far", name: string): string {
  const port = where === "far" ? `, port: ${farPort}` : "";
  const lines = Array.from({ length: count }, (_, at) => `  - { host: h${at}, address: ${rig.address(at)}${port} }\n`);
  const inner = { one: "", tenth: "includes: [one]\n", all: "includes: [tenth]\n" }[name] ?? "";
  return `${inner}hosts:\n${lines.slice(before[name]?.(count) ?? 0).join("")}`;
}

/** Never the one host alone, as a cohort has hosts of its own. */
function tenthOf(hosts: number): number {
  return Math.max(2, Math.floor(hosts / 10));
}

const before: Readonly<Record<string, (count: number) => number>> = {
  tenth: () => 1,
  all: tenthOf,
};

function configText(rig: Rig, lines: Readonly<Record<string, string>>): string {
  const component = {
    source: '{ type: dir, path: "versions/{version}" }',
    path: "api",
    activate: '"true"',
    healthy: '{ type: exec, run: "true", within: 5s, for: 0s, proof: none }',
    process: `{ pidfile: ${rig.root}/service.pid }`,
    stages: "[{ cohort: all, bake: 0s }]",
    max_unavailable: "32",
    rollback: '{ max_unavailable: "100%" }',
    ...lines,
  };
  const text = Object.entries(component).map(([key, value]) => `    ${key}: ${value}\n`);
  return `ssh: { user: ${rig.user} }\ncomponents:\n  api:\n${text.join("")}`;
}
