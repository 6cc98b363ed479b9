import type * as z from "zod";
import type { Declared } from "../changes/declared.ts";
import { carriersOf } from "../changes/index.ts";
import type { Server } from "../metrics/prometheus-schema.ts";
import { readDeclared } from "./changes.ts";
import { readComponent, type Unplaced } from "./component.ts";
import type { Document, Finding, Path } from "./document.ts";
import { type Environment, type Expanded, expand, isOpen } from "./expand.ts";
import type { Known } from "./fleet.ts";
import { findingsOf, valueAt } from "./issue.ts";
import { notBuilt } from "./later.ts";
import { nearest } from "./nearest.ts";
import { oneFileFindings } from "./one-file.ts";
import { outlineOf } from "./outline.ts";
import { phrase } from "./phrase.ts";
import { usesPrometheus, withServer } from "./prometheus.ts";
import { prometheusFindings } from "./prometheus-findings.ts";
import { prune } from "./prune.ts";
import { ConfigSpec, PrometheusSpec, SshSpec } from "./schema.ts";
import { passwordsIn, secretsIn } from "./secret.ts";
import { treeFindings } from "./trees.ts";

export type Ssh = {
  readonly user: string | undefined;
  readonly concurrency: number;
  /** Bytes a second, of all uploads together; undefined for as many as the line takes. */
  readonly bandwidth?: number;
  readonly transport: "auto" | "ssh2" | "openssh" | "sandbox";
};

export type ConfigRead = {
  readonly ssh: Ssh;
  readonly components: ReadonlyMap<string, Unplaced>;
  readonly declared: Declared;
  /** The components that the run is about, also where it is about a flag or a rate of them; undefined: all. */
  readonly about: About;
  readonly prometheus: Server | undefined;
  readonly secrets: readonly string[];
  readonly findings: readonly Finding[];
};

export type About = readonly string[] | undefined;

/** What a run needs of the config: `component` names what it is about, and the environment only that needs. */
export type Need = { readonly env: Environment; readonly component: string | undefined };

/** The config file's values against the schema, and then what the schema cannot say. Pure: everything is read already. */
export function readConfig(document: Document, known: Known, asked: Need): ConfigRead {
  const about = aboutOf(document.value, asked.component);
  const expanded = expandUsed(document.value, asked.env, about);
  const unset = expanded.findings.filter(({ path }) => isUsed(path, about));
  const checked = check(expanded.value, document);
  const pruned = prune(checked.pruned, expanded.findings.map(asIssue), partDepth);
  const names = Object.keys(Object(valueAt(expanded.value, ["components"]) ?? {}));
  const { declared, findings: misdeclared } = readDeclared(pruned, names);
  const server = PrometheusSpec.safeParse(valueAt(pruned, ["prometheus"])).data;
  const read = names.map((name) => {
    const path = ["components", name];
    const { component, findings } = readComponent(name, valueAt(pruned, path), valueAt(expanded.value, path), known);
    if (component === undefined) return { component, findings };
    const more = prometheusFindings(expanded.value, component, known);
    return { component: withServer(component, server), findings: [...findings, ...more] };
  });
  const ssh = SshSpec.safeParse(valueAt(pruned, ["ssh"]) ?? {});
  const { user, concurrency, transport, bandwidth } = ssh.success ? ssh.data : SshSpec.parse({});
  return {
    ssh: { user, concurrency, transport, ...(bandwidth === undefined ? {} : { bandwidth }) },
    components: new Map(
      read.flatMap(({ component }) => (component === undefined ? [] : [[component.name, component]])),
    ),
    declared,
    about,
    prometheus: server,
    secrets: [
      ...new Set([
        ...secretsIn(expanded.value, ConfigSpec),
        ...passwordsIn(expanded.value),
        ...filledSecrets(expanded),
      ]),
    ],
    findings: [
      ...unset,
      ...checked.findings,
      ...notBuilt(expanded.value),
      ...misdeclared,
      ...read.flatMap(({ findings }) => findings),
      ...treeFindings(
        read.flatMap(({ component }) => component ?? []),
        known.fleet,
      ),
      ...oneFileFindings(
        declared,
        read.flatMap(({ component }) => component ?? []),
        known.fleet.cohorts.at(-1)?.hosts ?? [],
      ),
      ...(about ?? []).flatMap((name) => unknown(names, declared, name)),
    ],
  };
}

type Issue = z.core.$ZodIssue;

/** How hosts are found and reached: what a recovery needs, and what is shown everywhere, so that it can be no secret. */
export function isAccess(path: Path): boolean {
  const [part, , key] = path;
  return part === "ssh" || (part === "components" && (key === "hosts" || key === "path"));
}

/** Is the path about a component in use? Without one, about any. */
export function isUsed([part, name]: Path, about: About): boolean {
  return part !== "components" || about === undefined || name === undefined || about.includes(String(name));
}

/** Only what is used is filled: a webhook's address is not needed before there are webhooks, nor a token for no query. */
function expandUsed(value: unknown, env: Environment, about: About): Expanded {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { value, filled: [], findings: [] };
  const used = ["ssh", "components", ...(usesPrometheus(value, about) ? ["prometheus"] : [])];
  const parts = used.filter((part) => Object.hasOwn(value, part));
  const expanded = parts.map((part) => [part, expand(valueAt(value, [part]), [part], env)] as const);
  const filled = Object.fromEntries(expanded.map(([part, one]) => [part, one.value]));
  return {
    value: { ...value, ...filled },
    filled: expanded.flatMap(([, one]) => one.filled),
    findings: expanded.flatMap(([, one]) => one.findings),
  };
}

function check(value: unknown, document: Document) {
  const parsed = ConfigSpec.safeParse(value);
  if (parsed.success) return { pruned: value, findings: [] };
  const { issues } = parsed.error;
  const told = issues.filter((issue) => !isOpen(valueAt(value, issue.path)));
  return {
    pruned: prune(value, issues, partDepth),
    findings: findingsOf(told, value, outlineOf(ConfigSpec), document),
  };
}

/** One stage, metric or assertion goes alone; of anything else a component's whole key does, of ssh its key. */
function partDepth([part, , key]: Path): number {
  if (part !== "components") return 2;
  return key === "stages" || key === "metrics" || key === "assertions" ? 4 : 3;
}

function asIssue({ path, message }: Finding): Issue {
  return { code: "custom", path: [...path], message, input: undefined };
}

function filledSecrets(expanded: Expanded): readonly string[] {
  return expanded.filled.filter(({ path }) => !isAccess(path)).map(({ value }) => value);
}

/** What a flag or a rate is about are the components that read it. */
function aboutOf(value: unknown, wanted: string | undefined): About {
  if (wanted === undefined) return undefined;
  const carriers = wanted.includes(":") ? carriersOf(wanted, readDeclared(value, []).declared) : [];
  return carriers.length === 0 ? [wanted] : carriers;
}

function unknown(names: readonly string[], declared: Declared, wanted: string): readonly Finding[] {
  if (names.includes(wanted)) return [];
  const [kind = "", name = ""] = wanted.split(":");
  if (kind === "flag") return [unknownOf("flags", kind, name, [...declared.flags.keys()])];
  if (kind === "rate") return [unknownOf("rates", kind, name, [...declared.rates.keys()])];
  return [unknownOf("components", "component", wanted, names)];
}

function unknownOf(key: string, kind: string, name: string, names: readonly string[]): Finding {
  const expected = names.length === 0 ? `it under ${key}: in the config` : phrase(names);
  return { path: [key], at: "key", message: `there is no ${kind} "${name}"`, expected, nearest: nearest(name, names) };
}
