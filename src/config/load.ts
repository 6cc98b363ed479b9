import { dirname } from "node:path";
import type { Declared } from "../changes/declared.ts";
import type { Component } from "../core/component.ts";
import type { Fleet } from "../core/fleet.ts";
import { readCohorts } from "./cohorts.ts";
import { about, type Complaint } from "./complaint.ts";
import type { Finding } from "./document.ts";
import type { Environment } from "./expand.ts";
import { findConfig, readYaml } from "./file.ts";
import { fleetOf } from "./fleet.ts";
import { type About, type ConfigRead, isAccess, isUsed, readConfig, type Ssh } from "./read.ts";
import { masked } from "./secret.ts";
import { formsOf } from "./secret-forms.ts";

export type Config = {
  /** The config's own path, absolute, and the folder where its relative paths start. */
  readonly file: string;
  readonly root: string;
  readonly ssh: Ssh;
  readonly fleet: Fleet;
  /** Cohorts whose inventory program failed: a recovery knows only those of their hosts that are written down. */
  readonly unlisted: readonly string[];
  readonly components: ReadonlyMap<string, Component>;
  readonly declared: Declared;
  /** The server that metrics may come from. */
  readonly prometheus: ConfigRead["prometheus"];
  /** Values that must never be printed. */
  readonly secrets: readonly string[];
};

export type Loaded =
  | { readonly type: "ok"; readonly config: Config; readonly warnings: readonly Complaint[] }
  | { readonly type: "complaints"; readonly complaints: readonly Complaint[] };

export type LoadOptions = {
  /** As `--config` has it; undefined: looked for from `cwd` upwards. */
  readonly file: string | undefined;
  readonly cwd: string;
  readonly env: Environment;
  /** The component that the command is about: only what it uses must be set in the environment. */
  readonly only?: { readonly component: string };
  /**
   * `all`: any complaint refuses the config. `recovery`: only those about ssh, cohorts, and the used component's hosts
   * and path do; the others are warnings, and defaults stand for what they are about.
   */
  readonly mode?: "all" | "recovery";
};

/** Reads ship.config.yaml and cohorts/*.yaml whole. Never throws for what stands in a file: that is a complaint. */
export async function loadConfig(options: LoadOptions): Promise<Loaded> {
  const { cwd, env, only, mode = "all" } = options;
  const file = await findConfig(options.file, cwd);
  if (file === undefined)
    return refused([about("ship.config.yaml", `there is none in ${cwd} or above`, "it, or --config FILE")]);
  const { document, complaints } = await readYaml(file, cwd);
  if (document === undefined) return refused(complaints);
  const root = dirname(file);
  const cohorts = await readCohorts({ root, cwd, env });
  const { known, essential, minor } = fleetOf(cohorts.cohorts);
  const complete = known.complete && cohorts.essential.length === 0;
  const read = readConfig(document, { ...known, complete }, { env, component: only?.component });
  const needed = read.findings.filter((finding) => isNeeded(finding, read.about));
  const others = read.findings.filter((finding) => !needed.includes(finding));
  const forms = [...document.spelled(read.secrets), ...formsOf(read.secrets)];
  const told = (complaints: readonly Complaint[]) => inOrder(complaints).map((one) => masked(one, forms));
  const refusing = told([...cohorts.essential, ...essential, ...needed.map(document.locate)]);
  const lesser = told([...cohorts.minor, ...minor, ...others.map(document.locate)]);
  if (mode === "all" && refusing.length + lesser.length > 0) return refused(inOrder([...refusing, ...lesser]));
  if (refusing.length > 0) return refused(refusing);
  const unlisted = cohorts.cohorts.flatMap(({ name, inventory }) => (inventory?.type === "failed" ? [name] : []));
  return { type: "ok", config: { ...configOf(file, known.fleet, read), unlisted }, warnings: lesser };
}

function refused(complaints: readonly Complaint[]): Loaded {
  return { type: "complaints", complaints };
}

function configOf(
  file: string,
  fleet: Fleet,
  { ssh, components, declared, prometheus, secrets }: ConfigRead,
): Omit<Config, "unlisted"> {
  const root = dirname(file);
  const placed = new Map([...components].map(([name, component]) => [name, { ...component, root }]));
  return { file, root, ssh, fleet, components: placed, declared, prometheus, secrets };
}

/** Without this a recovery does not know which hosts it is about, or how to reach them. */
function isNeeded({ path }: Finding, components: About): boolean {
  if (!isUsed(path, components)) return false;
  const whole = path.length === 0 || (path[0] === "components" && path.length <= 2);
  return whole || isAccess(path);
}

/** By file, then from top to bottom; each once. */
function inOrder(complaints: readonly Complaint[]): readonly Complaint[] {
  const unique = new Map(complaints.map((one) => [`${one.file}:${one.line}:${one.column}: ${one.message}`, one]));
  return [...unique.values()].sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
