import { type Definition, definitionOf, type FlagPolicy, type FlagState } from "./flag.ts";
import { merged } from "./flag-audience.ts";
import type { FlagComplaint } from "./flag-check.ts";
import type { Json } from "./json.ts";
import { bytes } from "./words.ts";

/** Bytes of a definition: every application parses it whole, and keeps it in its memory. */
const largest = 1_048_576;

/**
 * The state's definition as a file's text, or why it is too large. The same state gives the same bytes. All is ASCII: in a
 * file that is read by eye nothing can hide.
 */
export function definitionText(
  policy: FlagPolicy,
  state: FlagState,
): { readonly type: "ok"; readonly text: string } | FlagComplaint {
  const text = `${ascii(definitionOf(policy, state))}\n`;
  return text.length <= largest ? { type: "ok", text } : tooLarge(text.length, state);
}

function ascii(value: Json | Definition): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function tooLarge(size: number, state: FlagState): FlagComplaint {
  const ids = merged(state.for).flatMap((audience) => (audience.type === "values" ? audience.values : []));
  const sizes = ids.map((id) => ascii(id).length + 1);
  const most = fitting(sizes, largest - size + sizes.reduce(plus, 0));
  const message = `a flag's definition has at most ${bytes(largest)}, and this one has ${bytes(size)}`;
  if (ids.length === 0) return { type: "complaint", message, expected: "variants with less in them" };
  const fit = `of its ${ids.length} ids ${most} fit`;
  return { type: "complaint", message: `${message}: ${fit}`, expected: "--percent, or a condition on a field" };
}

/** How many of these sizes, from the first on, have room together. */
function fitting(sizes: readonly number[], room: number): number {
  let left = room;
  const last = sizes.findIndex((size) => {
    left -= size;
    return left < 0;
  });
  return Math.max(0, last);
}

function plus(one: number, other: number): number {
  return one + other;
}

/** A definition as a host has it, or what is wrong with it: nothing that a host says is believed unseen. */
export function readDefinition(text: string): { readonly type: "ok"; readonly definition: Definition } | FlagComplaint {
  const value = parsed(text);
  if (!isObject(value)) return wrong("it is no JSON object");
  const { state, variants, defaultVariant, targeting } = value;
  if (state !== "ENABLED" && state !== "DISABLED") return wrong('its state is neither "ENABLED" nor "DISABLED"');
  if (!isObject(variants)) return wrong("it has no variants");
  if (typeof defaultVariant !== "string") return wrong("it names no default variant");
  if (!Object.hasOwn(variants, defaultVariant))
    return wrong(`its default, "${defaultVariant}", is none of its variants`);
  if (targeting !== undefined && !isObject(targeting)) return wrong("its targeting is no rule");
  const plain: Definition = { state, variants, defaultVariant };
  return { type: "ok", definition: targeting === undefined ? plain : { ...plain, targeting } };
}

function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(message: string): FlagComplaint {
  return { type: "complaint", message, expected: "a flag of flagd's format, as ship writes it" };
}
