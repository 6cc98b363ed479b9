import { isRecord, type Json } from "./json.ts";
import { referring } from "./references.ts";
import type { Rule } from "./rule.ts";
import { compileTargeting, type Surroundings } from "./targeting.ts";

type Metadata = Readonly<Record<string, unknown>>;

/** One flag of a definition file, ready to be evaluated. */
export type Definition = {
  readonly key: string;
  readonly enabled: boolean;
  readonly variants: ReadonlyMap<string, Json>;
  readonly defaultVariant: string | undefined;
  /**
   * Undefined where the flag is the same for everybody; a text says why the rule cannot be compiled. It is compiled when it is first
   * asked for: a file may hold hundreds of long rules, of which an application uses a few.
   */
  readonly targeting: Rule | string | undefined;
  /** The file's, and over it the flag's own. */
  readonly metadata: Metadata;
};

export type Definitions = ReadonlyMap<string, Definition>;

/**
 * A file in flagd's format → its flags by key, or what is wrong with the file, as a sentence. `seconds` is the time for rules
 * that ask for it. Source: flagd.dev, flag definitions.
 */
export function readDefinitions(text: string, seconds: () => number): Definitions | string {
  const file = parsed(text);
  if (typeof file === "string") return file;
  const flags = file["flags"];
  if (!isRecord(flags)) return "It has no flags.";
  const refer = referring(metadataOf(file["$evaluators"]));
  const read = Object.entries(flags).map(([key, raw]) =>
    definition(raw, metadataOf(file["metadata"]), { key, seconds, refer }),
  );
  const wrong = read.find((one) => typeof one === "string");
  return wrong ?? new Map(read.flatMap((one) => (typeof one === "string" ? [] : [[one.key, one]])));
}

function parsed(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const file: unknown = JSON.parse(text);
    return isRecord(file) ? file : "It is no JSON object.";
  } catch (error) {
    return `It is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function definition(raw: unknown, shared: Metadata, surroundings: Surroundings): Definition | string {
  const { key } = surroundings;
  if (!isRecord(raw)) return `The flag ${key} is no object.`;
  const { state, variants, defaultVariant, targeting, metadata } = fieldsOf(raw);
  if (state !== "ENABLED" && state !== "DISABLED") return `The flag ${key} is neither ENABLED nor DISABLED.`;
  if (!isRecord(variants)) return `The flag ${key} has no variants.`;
  const named = new Map(Object.entries(variants).filter((one): one is [string, Json] => one[1] !== undefined));
  const usual = typeof defaultVariant === "string" ? defaultVariant : undefined;
  if (usual !== undefined && !named.has(usual)) return `The flag ${key} has no variant ${usual}.`;
  const rule = once(() => ruleOf(targeting, surroundings));
  return {
    key,
    enabled: state === "ENABLED",
    variants: named,
    defaultVariant: usual,
    get targeting() {
      return rule();
    },
    metadata: { ...shared, ...metadataOf(metadata) },
  };
}

/** What `make` gives, made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function fieldsOf(raw: Readonly<Record<string, unknown>>) {
  return {
    state: raw["state"],
    variants: raw["variants"],
    defaultVariant: raw["defaultVariant"],
    targeting: raw["targeting"],
    metadata: raw["metadata"],
  };
}

/** An empty rule is none. */
function ruleOf(raw: unknown, surroundings: Surroundings): Definition["targeting"] {
  if (raw === null || raw === undefined) return undefined;
  return isRecord(raw) && Object.keys(raw).length === 0 ? undefined : compileTargeting(raw, surroundings);
}

function metadataOf(raw: unknown): Metadata {
  return isRecord(raw) ? raw : {};
}
