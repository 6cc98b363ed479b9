import { fits, type Pattern, parsePattern } from "./pattern.ts";

/** One line of an exposition: a name, its labels, and a value that may be NaN or infinite. */
export type Series = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** Which series a metric is made of: `http_requests_total{code=~"5..",path!="/health"}`. */
export type Selector = { readonly name: string; readonly matchers: readonly Matcher[] };

type Matcher = {
  readonly label: string;
  readonly negated: boolean;
  readonly value: string | Pattern;
};

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const matcherForm = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\s*(,|$)/;

/** The selector, or a message that says what is wrong with the text. */
export function parseSelector(text: string): Selector | string {
  const trimmed = text.trim();
  const name = nameForm.exec(trimmed)?.[0];
  if (name === undefined) return `expected a metric's name, as in http_requests_total{code=~"5.."}`;
  const rest = trimmed.slice(name.length).trim();
  if (rest === "") return { name, matchers: [] };
  if (!rest.startsWith("{") || !rest.endsWith("}")) return `expected {label="value"} after ${name}, found ${rest}`;
  const matchers = parseMatchers(rest.slice(1, -1));
  return typeof matchers === "string" ? matchers : { name, matchers };
}

/** Does the series belong to what is selected? A label that a series does not have counts as empty, as in Prometheus. */
export function selects(selector: Selector, series: Series): boolean {
  return series.name === selector.name && selector.matchers.every((matcher) => meets(matcher, series));
}

function meets(matcher: Matcher, series: Series): boolean {
  const value = Object.hasOwn(series.labels, matcher.label) ? (series.labels[matcher.label] ?? "") : "";
  const same = typeof matcher.value === "string" ? value === matcher.value : fits(matcher.value, value);
  return same !== matcher.negated;
}

function parseMatchers(text: string): readonly Matcher[] | string {
  const matchers: Matcher[] = [];
  for (let rest = text; rest.trim() !== ""; ) {
    const found = matcherForm.exec(rest);
    if (found === null) return `expected label="value", found ${rest.trim()}`;
    const matcher = parseMatcher(found);
    if (typeof matcher === "string") return matcher;
    matchers.push(matcher);
    rest = rest.slice(found[0].length);
  }
  return matchers;
}

function parseMatcher(found: RegExpExecArray): Matcher | string {
  const [, label = "", op = "=", quoted = ""] = found;
  const text = unquoted(quoted);
  const value = op.endsWith("~") ? parsePattern(text) : text;
  if (op.endsWith("~") && typeof value === "string") return value;
  return { label, negated: op.startsWith("!"), value };
}

function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));
}
