import type { Series } from "./selector.ts";
import type { Selectors } from "./shape.ts";

/** The label by which a series of the answer says which role it plays; it is no label of anybody's. */
export const roleLabel = "ship_role";

/** The series of an answer that play a role. */
export function playing(role: string, series: readonly Series[]): readonly Series[] {
  return series.filter(({ labels }) => labels[roleLabel] === role);
}

/** The role under which the times stand at which the series of `role` were scraped. */
export function timesOf(role: string): string {
  return `${role} time`;
}

/**
 * One instant query for all series of a metric on the hosts that `pattern` is of, as they were scraped, and for the time
 * of the newest of each instance. In one query because all of it is then of one moment.
 */
export function seriesQuery(selectors: Selectors, pattern: string): string {
  const parts = Object.entries(selectors).flatMap(([role, selector]) => {
    const series = selectorFor(selector, pattern);
    return [marked(series, role), marked(`max by (instance) (timestamp(${series}))`, timesOf(role))];
  });
  return parts.join(" or ");
}

/** `errors{code="500"}` → `errors{code="500",instance=~"…"}`. The selector was checked with the config. */
export function selectorFor(selector: string, pattern: string): string {
  const [, name = "", matchers = ""] = /^([^{\s]*)\s*(?:\{(.*)\})?$/s.exec(selector.trim()) ?? [];
  const others = matchers.trim().replace(/,$/, "");
  return `${name}{${others === "" ? "" : `${others},`}instance=~${promString(pattern)}}`;
}

function marked(vector: string, role: string): string {
  return `label_replace(${vector},"${roleLabel}","${role}","","")`;
}

function promString(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** A query of the config's own, for the hosts that `pattern` is of. `window` is in ms. */
export function filledQuery(query: string, pattern: string, window: number): string {
  const quotes = quotedAt(query, hostsWord);
  const parts = query.split(hostsWord).map((part, index) => {
    const quote = quotes[index];
    return index === quotes.length ? part : part + (quote === "`" ? pattern : promString(pattern).slice(1, -1));
  });
  return parts.join("").replaceAll("{window}", window % 1000 === 0 ? `${window / 1000}s` : `${window}ms`);
}

const hostsWord = "{hosts}";

/** For each place where `word` stands in a query: the quote that it is inside of; undefined where it is in none. */
export function quotedAt(query: string, word: string): readonly (string | undefined)[] {
  const tokens = query.matchAll(/(["'])(?:\\.|(?!\1)[^\\])*(?:\1|$)|(`)[^`]*(?:`|$)|#[^\n]*|[^"'`#]+/gs);
  return [...tokens].flatMap(([token, plain, raw]) =>
    token
      .split(word)
      .slice(1)
      .map(() => plain ?? raw),
  );
}
