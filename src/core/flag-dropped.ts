import { type Definition, type FlagState, reachesAll, usualKey } from "./flag.ts";
import { type Audience, anyOf, fieldsOf } from "./flag-audience.ts";
import { audienceText } from "./flag-words.ts";
import type { Json } from "./json.ts";

/**
 * What a definition gives the variant by and the new state does not name: `app=shop-17`, `a condition on plan`, `10% by app`.
 * Raw. A state is asked for as a whole, so that whoever has the variant by these alone loses it without having been named.
 */
export function dropped({ targeting, defaultVariant }: Definition, state: FlagState): readonly string[] {
  if (reachesAll(state) || targeting === undefined) return [];
  const words = partOf(targeting, "if");
  const last = Array.isArray(words) ? words.at(-1) : targeting;
  const audience = partOf(words, "1") === defaultVariant ? undefined : partOf(words, "0");
  return [...droppedShare(last, state), ...droppedAudiences(audience, state.for)];
}

function droppedShare(rule: Json | undefined, { percent, key }: FlagState): readonly string[] {
  const words = partOf(rule, "fractional");
  if (!Array.isArray(words)) return [];
  const [share, rest] = words.slice(-2).map((weight: Json) => Number(partOf(weight, "1")));
  const field = partOf(partOf(partOf(words[0], "cat"), "1"), "var") ?? usualKey;
  if (percent === 0 || (percent !== undefined && key === field)) return [];
  const by = field === usualKey ? "" : ` by ${String(field)}`;
  const before = (100 * Number(share)) / (Number(share) + Number(rest));
  return Number.isFinite(before) ? [`${before}%${by}`] : [];
}

function droppedAudiences(rule: Json | undefined, asked: readonly Audience[]): readonly string[] {
  const kept = alternatives(anyOf(asked));
  const keptValues = new Map(kept.flatMap((one) => valuesOf(one) ?? []).map(({ field, values }) => [field, values]));
  const keptRules = new Set(kept.map((one) => JSON.stringify(one)));
  return alternatives(rule).flatMap((one) => {
    const named = valuesOf(one);
    if (named === undefined) return keptRules.has(JSON.stringify(one)) ? [] : [conditionText(one)];
    const { field } = named;
    const still = new Set(keptValues.get(field));
    const values = named.values.filter((value) => !still.has(value));
    return values.length === 0 ? [] : [audienceText({ type: "values", field, values })];
  });
}

/** Several audiences are joined by `or`, and so are several conditions in one. */
function alternatives(rule: Json | undefined): readonly Json[] {
  const parts = partOf(rule, "or");
  if (Array.isArray(parts)) return parts.flatMap(alternatives);
  return rule === undefined ? [] : [rule];
}

/** The other way round than an audience of values becomes a rule; undefined for other rules. */
function valuesOf(rule: Json): { readonly field: string; readonly values: readonly string[] } | undefined {
  const words = partOf(rule, "in");
  const field = partOf(partOf(partOf(partOf(words, "0"), "cat"), "0"), "var");
  const values = partOf(words, "1");
  if (typeof field !== "string" || !Array.isArray(values)) return undefined;
  return { field, values: values.map(String) };
}

function conditionText(rule: Json): string {
  const fields = fieldsOf({ type: "condition", text: "", rule });
  return fields.length === 0 ? "a condition" : `a condition on ${fields.join(" and ")}`;
}

/** A host's definition may be anything: what is not there is undefined. */
function partOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null;
}
