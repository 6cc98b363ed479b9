import type { Json } from "./json.ts";

/** Whom a flag is for: those with one of the values in a field of the context, or those who meet a condition. */
export type Audience =
  | { readonly type: "values"; readonly field: string; readonly values: readonly string[] }
  /** `text` as it was written, `rule` its meaning in JsonLogic. */
  | { readonly type: "condition"; readonly text: string; readonly rule: Json };

/** Audiences in one order, those of one field in one, and nothing twice: what is asked in other words is the same state. */
export function merged(audiences: readonly Audience[]): readonly Audience[] {
  const fields = new Map<string, Set<string>>();
  const conditions = new Map<string, Audience>();
  for (const audience of audiences) {
    if (audience.type === "condition") conditions.set(audience.text, audience);
    else fields.set(audience.field, new Set([...(fields.get(audience.field) ?? []), ...audience.values]));
  }
  const named = [...fields].sort(byKey).map(([field, values]): Audience => {
    return { type: "values", field, values: [...values].sort() };
  });
  return [...named, ...[...conditions].sort(byKey).map(([, condition]) => condition)];
}

/** Keys of a map differ. */
function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** The rule of those who are in any of them; undefined where there is none. */
export function anyOf(audiences: readonly Audience[]): Json | undefined {
  const rules = merged(audiences).map(ruleOf);
  return rules.length < 2 ? rules[0] : { or: rules };
}

/** What is typed is text, and an application may say 17 where "17" was meant: `cat` makes both the same. */
function ruleOf(audience: Audience): Json {
  if (audience.type === "condition") return audience.rule;
  return { in: [{ cat: [{ var: audience.field }] }, audience.values] };
}

/** The fields of the context that an audience looks at. */
export function fieldsOf(audience: Audience): readonly string[] {
  return audience.type === "values" ? [audience.field] : [...new Set(variables(audience.rule))];
}

function variables(rule: Json): readonly string[] {
  if (rule === null || typeof rule !== "object") return [];
  return Object.entries(rule).flatMap(([name, part]: readonly [string, Json]) =>
    name === "var" && typeof part === "string" ? [part] : variables(part),
  );
}

/**
 * A list of ids, one a line, as an audience of that field; undefined where it has none. Blank lines are passed over, and so are
 * those that begin with #.
 */
export function audienceOfIds(text: string, field: string): Audience | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const values = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return values.length === 0 ? undefined : { type: "values", field, values };
}
