import * as z from "zod";
import type { Path } from "./document.ts";

/** What the schema says of one place, as JSON Schema does, and `kind`: what stands there, in words. */
export type Outline = {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly kind?: string;
  readonly secret?: boolean;
  readonly default?: unknown;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Outline>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Outline | false;
  readonly propertyNames?: Outline;
  readonly items?: Outline;
  readonly anyOf?: readonly Outline[];
  readonly oneOf?: readonly Outline[];
};

/**
 * A schema as a tree that can be walked: the manual, the JSON Schema and the hints of complaints are read from it.
 * zod leaves out the examples of what it transforms, because they might not fit; ours are written for the input.
 */
export function outlineOf(schema: z.ZodType): Outline {
  const outline = outlines.get(schema) ?? drawn(schema);
  outlines.set(schema, outline);
  return outline;
}

/** Drawn once: it takes longer than checking a config does. */
const outlines = new WeakMap<z.ZodType, Outline>();

function drawn(schema: z.ZodType): Outline {
  return z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.["examples"];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as Outline;
}

/** The alternatives of a place, flat: one, unless the schema is a union. */
export function alternatives(outline: Outline): readonly Outline[] {
  const choices = outline.anyOf ?? outline.oneOf;
  return choices === undefined ? [outline] : choices.flatMap(alternatives);
}

/** What the schema says of the place `path` in `value`; of a union, the member that the value's own keys select. */
export function outlineAt(root: Outline, value: unknown, path: Path): Outline | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return root;
  const inner = typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined;
  for (const choice of fitting(root, value)) {
    const next = below(choice, step);
    const found = next === undefined ? undefined : outlineAt(next, inner, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Names of the keys that may stand in `value`, whose place is described by `outline`. */
export function knownKeys(outline: Outline, value: unknown): readonly string[] {
  return [...new Set(fitting(outline, value).flatMap((choice) => Object.keys(choice.properties ?? {})))];
}

function fitting(outline: Outline, value: unknown): readonly Outline[] {
  const choices = alternatives(outline);
  const selected = choices.filter((choice) => isSelected(choice, value));
  return selected.length > 0 ? selected : choices;
}

function isSelected(choice: Outline, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const constants = Object.entries(choice.properties ?? {}).filter(([, property]) => property.const !== undefined);
  return constants.length > 0 && constants.every(([key, property]) => Reflect.get(value, key) === property.const);
}

function below(outline: Outline, step: PropertyKey): Outline | undefined {
  if (typeof step === "number") return outline.items;
  const property = outline.properties?.[String(step)];
  return property ?? (outline.additionalProperties || undefined);
}
