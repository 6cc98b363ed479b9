import type { Declared } from "../changes/declared.ts";
import type { FlagPolicy, FlagState } from "../core/flag.ts";
import { usualKey } from "../core/flag.ts";
import type { Audience } from "../core/flag-audience.ts";
import { policyComplaint, stateComplaint } from "../core/flag-check.ts";
import { outOfBounds, type RatePolicy } from "../core/rate.ts";
import { readAudience } from "./audience.ts";
import { ChangeFileSpec } from "./change-file-schema.ts";
import { about, type Complaint } from "./complaint.ts";
import type { Finding, Path } from "./document.ts";
import { readYaml } from "./file.ts";
import { findingsOf } from "./issue.ts";
import { nearest } from "./nearest.ts";
import { outlineOf } from "./outline.ts";
import { phrase } from "./phrase.ts";
import { type Written, writtenIn } from "./written-changes.ts";

/** One change of a set, checked against what the config declares. */
export type Asked =
  | { readonly kind: "release"; readonly version: string }
  | { readonly kind: "flag"; readonly policy: FlagPolicy; readonly state: FlagState }
  | { readonly kind: "rate"; readonly policy: RatePolicy; readonly rate: number };

export type ChangeFile =
  | { readonly type: "ok"; readonly changes: readonly Asked[] }
  | { readonly type: "complaints"; readonly complaints: readonly Complaint[] };

type Context = { readonly component: string; readonly declared: Declared };

/** Reads a change set's file whole. Never throws for what stands in it: that is a complaint, with its place. */
export async function readChangeFile(path: string, cwd: string, context: Context): Promise<ChangeFile> {
  const { document, complaints } = await readYaml(path, cwd);
  if (document === undefined) return { type: "complaints", complaints };
  if (document.value === null)
    return { type: "complaints", complaints: [about(document.file, "the set is empty", example)] };
  const parsed = ChangeFileSpec.safeParse(document.value);
  const { changes, findings } = parsed.success
    ? fitting(parsed.data, context)
    : {
        changes: [],
        findings: findingsOf(parsed.error.issues, document.value, outlineOf(ChangeFileSpec), document),
      };
  return findings.length === 0
    ? { type: "ok", changes }
    : { type: "complaints", complaints: findings.map(document.locate) };
}

const example = "version: v414, flags: { lxc: on }, rates: { publish: 25 }, or changes: in their order";

type Parsed = ReturnType<typeof ChangeFileSpec.parse>;

/** What the schema cannot say. */
function fitting(
  file: Parsed,
  { component, declared }: Context,
): { readonly changes: readonly Asked[]; readonly findings: readonly Finding[] } {
  const { changes: written, findings } = writtenIn(file);
  const other = file.component === undefined || file.component === component ? [] : [otherComponent(component)];
  const empty =
    findings.length === 0 && written.length === 0 ? [{ path: [], message: "the set is empty", expected: example }] : [];
  const read = written.map((one) => readOne(one, component, declared));
  const wrong = [...other, ...findings, ...empty, ...twice(written), ...read.flatMap((one) => one.findings)];
  return { changes: read.flatMap(({ asked }) => asked ?? []), findings: wrong };
}

function otherComponent(component: string): Finding {
  return { path: ["component"], message: `the command is about ${component}`, expected: "one component in both" };
}

/** A set says of each thing once what it becomes. */
function twice(written: readonly Written[]): readonly Finding[] {
  return written.flatMap(({ kind, name, path }, index) => {
    const isFirst = written.findIndex((other) => other.kind === kind && other.name === name) === index;
    if (isFirst) return [];
    const what = kind === "release" ? "a version" : `the ${kind} ${name}`;
    return [{ path, message: `${what} stands in the set twice`, expected: "each change once" }];
  });
}

type Read = { readonly asked?: Asked; readonly findings: readonly Finding[] };

function readOne(one: Written, component: string, declared: Declared): Read {
  switch (one.kind) {
    case "release":
      return { asked: { kind: "release", version: one.version }, findings: [] };
    case "flag":
      return readFlag(one, component, declared.flags);
    case "rate":
      return readRate(one, component, declared.rates);
  }
}

function readFlag(
  { name, path, at, to }: Extract<Written, { kind: "flag" }>,
  component: string,
  flags: ReadonlyMap<string, FlagPolicy>,
): Read {
  const policy = flags.get(name);
  if (policy === undefined) return { findings: [unknown("flag", name, path, [...flags.keys()])] };
  if (policy.components[0] !== component) return { findings: [foreign("flag", name, path, component)] };
  const audiences = (to.for ?? []).map((text, index) => audienceAt(text, [...at, "for", index]));
  const state: FlagState = {
    variant: to.variant,
    percent: to.percent,
    for: audiences.flatMap(({ audience }) => audience ?? []),
    key: to.by ?? usualKey,
  };
  const complaint = policyComplaint(policy) ?? stateComplaint(policy, state);
  const near = Object.keys(policy.variants).includes(to.variant)
    ? undefined
    : nearest(to.variant, Object.keys(policy.variants));
  const wrong =
    complaint === undefined
      ? []
      : [{ path: at, message: complaint.message, expected: complaint.expected, nearest: near }];
  const findings = [...wrong, ...audiences.flatMap((one) => one.findings)];
  return { asked: { kind: "flag", policy, state }, findings };
}

function audienceAt(text: string, path: Path): { readonly audience?: Audience; readonly findings: readonly Finding[] } {
  const read = readAudience(text);
  if (read.type === "ok") return { audience: read.audience, findings: [] };
  return { findings: [{ path, offset: read.column - 1, message: read.message, expected: read.expected }] };
}

function readRate(
  { name, path, at, to }: Extract<Written, { kind: "rate" }>,
  component: string,
  rates: ReadonlyMap<string, RatePolicy>,
): Read {
  const policy = rates.get(name);
  if (policy === undefined) return { findings: [unknown("rate", name, path, [...rates.keys()])] };
  if (policy.component !== component) return { findings: [foreign("rate", name, path, component)] };
  const complaint = outOfBounds(policy, to);
  const findings = complaint === undefined ? [] : [{ path: at, message: `${to} cannot be set: ${complaint}` }];
  return { asked: { kind: "rate", policy, rate: to }, findings };
}

function unknown(kind: string, name: string, path: Path, names: readonly string[]): Finding {
  const expected = names.length === 0 ? `it under ${kind}s: in the config` : phrase(names);
  return { path, at: "key", message: `there is no ${kind} "${name}"`, expected, nearest: nearest(name, names) };
}

function foreign(kind: string, name: string, path: Path, component: string): Finding {
  const message = `the ${kind} ${name} is not read by ${component} first`;
  return { path, at: "key", message, expected: "changes of one component: their evidence is one" };
}
