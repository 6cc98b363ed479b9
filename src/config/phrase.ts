import type { Outline } from "./outline.ts";

/** `a`, `a or b`, `a, b or c`. */
export function phrase(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** What belongs at a place, in words: `a whole number of at least 1, like 5`. */
export function expectation(outline: Outline): string {
  const example = outline.examples?.[0];
  const kind = kindOf(outline);
  return example === undefined || kind.includes("such as") ? kind : `${kind}, like ${inYaml(example)}`;
}

export function kindOf(outline: Outline): string {
  if (outline.kind !== undefined) return outline.kind;
  if (outline.const !== undefined) return String(outline.const);
  if (outline.enum !== undefined) return phrase(outline.enum.map(String));
  const choices = outline.anyOf ?? outline.oneOf;
  if (choices !== undefined) return phrase([...new Set(choices.map(kindOf))]);
  return kinds[outline.type ?? ""]?.(outline) ?? "a value";
}

const kinds: Readonly<Record<string, (outline: Outline) => string>> = {
  string: () => "text",
  boolean: () => "true or false",
  integer: (outline) => `a whole number${bounds(outline)}`,
  number: (outline) => `a number${bounds(outline)}`,
  array: () => "a list",
  object: () => "a set of keys",
};

function bounds({ minimum, maximum }: Outline): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? "" : ` of at most ${maximum}`;
}

/** A value as it is written in YAML's flow style. */
export function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) return inBraces(Object.entries(value));
  if (typeof value !== "string") return String(value);
  if (/^\d+(ms|s|m|h|d|%)$/.test(value)) return value;
  return /^[A-Za-z./][\w ./:<>=*%+-]*$/.test(value) && !/: |:$|^(true|false|null|on|off)$/.test(value)
    ? value
    : JSON.stringify(value);
}

function inBraces(entries: readonly (readonly [string, unknown])[]): string {
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([key, inner]) => `${key}: ${inYaml(inner)}`).join(", ")} }`;
}
