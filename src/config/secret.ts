import type { Complaint } from "./complaint.ts";
import { isOpen } from "./expand.ts";
import { alternatives, type Outline } from "./outline.ts";

/** The texts that stand in `value` where the schema says `secret`. */
export function secretsIn(value: unknown, outline: Outline): readonly string[] {
  if (typeof value === "string") return outline.secret === true && !isOpen(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  const choices = alternatives(outline);
  return Object.entries(value).flatMap(([key, inner]) =>
    choices.flatMap((choice) => {
      const below = Array.isArray(value) ? choice.items : (choice.properties?.[key] ?? choice.additionalProperties);
      return below ? secretsIn(inner, below) : [];
    }),
  );
}

/** Shorter ones would blot out half of every text, and are no secrets. */
const shortest = 4;

/** The complaint with stars for every secret; the line keeps its length, so that the caret still points. */
export function masked(complaint: Complaint, secrets: readonly string[]): Complaint {
  const hide = (text: string) =>
    secrets
      .filter((secret) => secret.length >= shortest)
      .reduce((shown, secret) => shown.replaceAll(secret, "*".repeat(secret.length)), text);
  const { source, message, expected } = complaint;
  return { ...complaint, source: hide(source), message: hide(message), expected: expected && hide(expected) };
}
