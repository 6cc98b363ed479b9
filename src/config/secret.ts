import * as z from "zod";
import type { Complaint } from "./complaint.ts";
import { isOpen } from "./expand.ts";

/** The texts that stand in `value` where the schema's meta says `secret`. */
export function secretsIn(value: unknown, schema: z.core.$ZodType): readonly string[] {
  if (value === undefined || value === null) return [];
  if (z.globalRegistry.get(schema)?.["secret"] === true) return textsIn(value);
  return partsOf(value, schema).flatMap(([part, inner]) => secretsIn(part, inner));
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return isOpen(value) ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The passwords in the addresses that stand anywhere in `value`, as written and as they are meant. */
export function passwordsIn(value: unknown): readonly string[] {
  return textsIn(value).flatMap((text) =>
    [...text.matchAll(/\/\/[^/\s:@]*:([^/\s@]+)@/g)].flatMap(([, password = ""]) => [password, meant(password)]),
  );
}

function meant(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

type Part = readonly [value: unknown, schema: z.core.$ZodType];

/** The schemas one step further in, each with the part of the value that it is for. */
function partsOf(value: unknown, schema: z.core.$ZodType): readonly Part[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "object":
      return Object.entries(def.shape).map(([key, inner]): Part => [Object(value)[key], inner]);
    case "record":
      return Object.values(Object(value)).map((item): Part => [item, def.valueType]);
    case "array":
      return Array.isArray(value) ? value.map((item): Part => [item, def.element]) : [];
    case "union":
      return def.options.map((option): Part => [value, option]);
    case "optional":
    case "default":
    case "prefault":
      return [[value, def.innerType]];
    case "pipe":
      return [[value, def.in]];
    default:
      return [];
  }
}

/**
 * The complaint with stars for every secret, of which `forms` are the ways to write it; the line keeps its length, so that
 * the caret still points.
 */
export function masked(complaint: Complaint, forms: readonly string[]): Complaint {
  const hide = (text: string) => forms.reduce((shown, form) => shown.replaceAll(form, "*".repeat(form.length)), text);
  const { source, message, expected } = complaint;
  return { ...complaint, source: hide(source), message: hide(message), expected: expected && hide(expected) };
}
