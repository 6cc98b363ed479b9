import type * as z from "zod";
import type { Document, Finding, Path } from "./document.ts";
import { nearest } from "./nearest.ts";
import { knownKeys, type Outline, outlineAt } from "./outline.ts";
import { expectation, kindOf, phrase } from "./phrase.ts";

type Issue = z.core.$ZodIssue;

/** What a schema found, in the words of complaints. `value` is what was checked, `outline` the schema's own. */
export function findingsOf(
  issues: readonly Issue[],
  value: unknown,
  outline: Outline,
  document: Document,
): readonly Finding[] {
  const context = { value, outline, document };
  return issues.flatMap((issue) => fromIssue(context, issue, issue.path));
}

type Context = { readonly value: unknown; readonly outline: Outline; readonly document: Document };

function fromIssue(context: Context, issue: Issue, path: Path): readonly Finding[] {
  const list = listAt(context, issue, path);
  if (list !== undefined) return [wrongKind(context, list, "")];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(context, path, key));
    case "invalid_key":
      return [wrongKey(context, path, issue.issues[0]?.message ?? "this cannot be a key")];
    case "invalid_union":
      return fromUnion(context, issue, path);
    case "invalid_value":
      return [wrongWord(context, path, issue.values.map(String))];
    case "invalid_type":
      return [wrongKind(context, path, issue.message)];
    case "too_small":
    case "too_big":
      if (issue.origin === "number" || issue.origin === "int") return [wrongKind(context, path, "")];
      return [{ path, message: `${quoted(path)}: ${plain(issue.message)}`, expected: expected(context, path) }];
    default:
      if (valueAt(context.value, path) === undefined) return [amiss(path, plain(issue.message))];
      return [{ path, message: `${quoted(path)}: ${plain(issue.message)}`, expected: expected(context, path) }];
  }
}

/** A list where keys belong is one mistake, although a schema complains of each key that is not in it. */
function listAt(context: Context, issue: Issue, path: Path): Path | undefined {
  if (issue.code === "unrecognized_keys") return Array.isArray(valueAt(context.value, path)) ? path : undefined;
  const around = path.slice(0, -1);
  const named = typeof path.at(-1) === "string";
  return named && Array.isArray(valueAt(context.value, around)) ? around : undefined;
}

function unknownKey(context: Context, path: Path, key: string): Finding {
  const around = outlineAt(context.outline, context.value, path);
  const known = around === undefined ? [] : knownKeys(around, valueAt(context.value, path));
  const free = known.filter((name) => valueAt(context.value, [...path, name]) === undefined);
  const meant = nearest(key, free);
  const rest = meant === undefined && known.length > 0 ? phrase(known) : undefined;
  return { path: [...path, key], at: "key", message: `unknown key "${key}"`, expected: rest, nearest: meant };
}

function wrongKey(context: Context, path: Path, message: string): Finding {
  const names = outlineAt(context.outline, context.value, path.slice(0, -1))?.propertyNames;
  return { path, at: "key", message: `${quoted(path)}: ${message}`, expected: names && kindOf(names) };
}

/** The member whose own kind fits the value is the one that was meant: its complaints say more than the union's. */
function fromUnion(context: Context, issue: Extract<Issue, { code: "invalid_union" }>, path: Path): readonly Finding[] {
  if (issue.errors.length === 0) return [misnamed(context, path) ?? wrongWord(context, path, optionsOf(issue))];
  const meant = issue.errors.find(
    (inner) => !inner.some((one) => one.code === "invalid_type" && one.path.length === 0),
  );
  if (meant === undefined) return [wrongKind(context, path, "")];
  return meant.flatMap((inner) => fromIssue(context, inner, [...path, ...inner.path]));
}

/** The key that selects the member of a union is not there, but one that is nearly called so. */
function misnamed(context: Context, path: Path): Finding | undefined {
  const around = path.slice(0, -1);
  const value = valueAt(context.value, around);
  const place = outlineAt(context.outline, context.value, around);
  if (valueAt(context.value, path) !== undefined || place === undefined) return undefined;
  const known = knownKeys(place, value);
  const wanted = String(path.at(-1));
  const written = nearest(
    wanted,
    Object.keys(Object(value)).filter((key) => !known.includes(key)),
  );
  if (written === undefined) return undefined;
  return { path: [...around, written], at: "key", message: `unknown key "${written}"`, nearest: wanted };
}

function optionsOf(issue: object): readonly string[] {
  return "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function wrongWord(context: Context, path: Path, words: readonly string[]): Finding {
  const found = valueAt(context.value, path);
  if (found === undefined) return missing(path, phrase(words));
  const meant = typeof found === "string" ? nearest(found, words) : undefined;
  return {
    path,
    message: `${quoted(path)} cannot be ${shown(context, path)}`,
    expected: phrase(words),
    nearest: meant,
  };
}

function wrongKind(context: Context, path: Path, message: string): Finding {
  const found = valueAt(context.value, path);
  const wanted = expected(context, path);
  if (found === undefined) return missing(path, wanted);
  if (typeof found === "number" && message.startsWith("a duration"))
    return { path, message: `${quoted(path)}: ${message}`, expected: wanted };
  const text = outlineAt(context.outline, context.value, path)?.type === "string" && isRetyped(found);
  if (!text) return { path, message: `${quoted(path)} cannot be ${shown(context, path)}`, expected: wanted };
  const written = context.document.written(path) ?? String(found);
  const reading = written === String(found) ? `is a ${typeof found}` : `is the ${typeof found} ${String(found)}`;
  return {
    path,
    message: `${written} ${reading} to YAML, and text belongs here`,
    expected: `it in quotes: "${written}"`,
  };
}

/** A complaint about a key that is not there is one about the keys around it. */
function amiss(path: Path, message: string): Finding {
  return { path, at: "key", message: `${quoted(path.slice(0, -1))}: ${message}` };
}

function isRetyped(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

function missing(path: Path, wanted: string | undefined): Finding {
  return { path, at: "key", message: `missing key ${quoted(path)}`, expected: wanted };
}

function shown(context: Context, path: Path): string {
  const found = valueAt(context.value, path);
  if (found === null) return "empty";
  if (Array.isArray(found)) return "a list";
  if (typeof found === "object") return "a set of keys";
  const secret = outlineAt(context.outline, context.value, path)?.secret === true;
  if (secret) return "this";
  return typeof found === "string" ? `"${found}"` : (context.document.written(path) ?? String(found));
}

function expected(context: Context, path: Path): string | undefined {
  const place = outlineAt(context.outline, context.value, path);
  return place === undefined ? undefined : expectation(place);
}

function quoted(path: Path): string {
  const name = path.findLast((step) => typeof step === "string");
  return name === undefined ? "this file" : `"${String(name)}"`;
}

function plain(message: string): string {
  return message.replace(/^Invalid input: |^Invalid string: /, "").replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}

export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = Reflect.get(found, step);
  }
  return found;
}
