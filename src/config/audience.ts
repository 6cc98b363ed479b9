import type { Audience } from "../core/flag-audience.ts";
import { compileAudience } from "./audience-rule.ts";

export type ReadAudience = { readonly type: "ok"; readonly audience: Audience } | AudienceComplaint;

/** What cannot be meant, from which character on (the first is 1), and what was expected there. */
export type AudienceComplaint = {
  readonly type: "complaint";
  readonly message: string;
  readonly column: number;
  readonly expected: string;
};

/**
 * Whom a flag is for, as it is typed: `app=shop-17,shop-18` are values of a field as they are, without quotes; all else is a
 * condition, such as `plan == "pro" && age >= 18`.
 */
export function readAudience(text: string): ReadAudience {
  const found = /^\s*([A-Za-z_][\w.-]*)=(?!=)/.exec(text);
  if (found === null) return conditionIn(text);
  const [begin, field = ""] = found;
  return valuesIn(text.slice(begin.length), field, begin.length);
}

/** `before` is how many characters stand before the values. */
function valuesIn(text: string, field: string, before: number): ReadAudience {
  const values: string[] = [];
  let column = before + 1;
  for (const written of text.split(",")) {
    const value = written.trim();
    const message = wrongValue(value);
    if (message !== undefined) return { type: "complaint", message, column, expected: `${field}=one,two` };
    values.push(value);
    column += written.length + 1;
  }
  return { type: "ok", audience: { type: "values", field, values } };
}

function wrongValue(value: string): string | undefined {
  if (value === "") return "a value is missing";
  return /["']/.test(value) ? "values have no quotes, and == compares" : undefined;
}

function conditionIn(text: string): ReadAudience {
  const compiled = compileAudience(text);
  if (compiled.type === "ok") {
    return { type: "ok", audience: { type: "condition", text: text.trim(), rule: compiled.rule } };
  }
  const { message, start, expected } = compiled;
  return { type: "complaint", message, column: start + 1, expected };
}
