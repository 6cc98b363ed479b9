import type { Series } from "./selector.ts";

/** `declared`: names that the page speaks of; one with labels may have no series before its first event. */
export type Page = { readonly series: readonly Series[]; readonly declared: ReadonlySet<string> };

/**
 * Reads the Prometheus text format and OpenMetrics (https://prometheus.io/docs/instrumenting/exposition_formats/,
 * https://github.com/prometheus/OpenMetrics): only series whose name is wanted, so that a large page costs little and a
 * foreign line elsewhere harms nothing. Timestamps and exemplars are skipped. A wanted line that cannot be read is a
 * message instead: a page that is half understood is no evidence.
 */
export function parseExposition(text: string, wanted: ReadonlySet<string>): Page | string {
  const series: Series[] = [];
  const declared = new Set<string>();
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const about = /^# (?:TYPE|HELP) (\S+)/.exec(line)?.[1];
    if (about !== undefined) declared.add(about).add(`${about}_total`);
    const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
    if (name === undefined || !wanted.has(name)) continue;
    const parsed = parseLine(name, line.slice(name.length).trimStart());
    if (parsed === undefined) return `line ${index + 1} of the page cannot be read: ${line.slice(0, 120)}`;
    series.push(parsed);
    declared.add(name);
  }
  return { series, declared };
}

/**
 * When the process behind a page started, ms since the epoch by its own clock, as client libraries tell it; undefined where
 * the page does not say so, or of more than one process.
 */
export function startIn(text: string): number | undefined {
  const starts = [...text.matchAll(/^process_start_time_seconds(?:\{[^}\n]*\})? +(\S+)/gm)];
  const seconds = starts.length === 1 ? parseValue(starts[0]?.[1] ?? "") : undefined;
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : seconds * 1000;
}

/** `0.5`, `1e3`, `NaN`, `+Inf`: as Go's ParseFloat reads them; undefined when it is no number. */
export function parseValue(text: string): number | undefined {
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function parseLine(name: string, rest: string): Series | undefined {
  const labelled = rest.startsWith("{") ? parseLabels(rest.slice(1)) : { labels: {}, rest: ` ${rest}` };
  if (labelled === undefined) return undefined;
  const form = /^\s*(\S+)(?:\s+[+-]?[\d.]+(?:e[+-]?\d+)?)?\s*(?:# \{.*)?$/i.exec(labelled.rest);
  const value = form?.[1] === undefined ? undefined : parseValue(form[1]);
  return value === undefined ? undefined : { name, labels: labelled.labels, value };
}

type Labelled = { readonly labels: Readonly<Record<string, string>>; readonly rest: string };

function parseLabels(text: string): Labelled | undefined {
  const labels: [string, string][] = [];
  const one = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:\\.|[^"\\])*)"\s*(,|(?=\}))/y;
  for (let found = one.exec(text); found !== null; found = one.exec(text)) {
    const [whole, label = "", value = ""] = found;
    labels.push([label, unescaped(value)]);
    if (text.startsWith("}", found.index + whole.length)) return ended(labels, text, found.index + whole.length);
  }
  const end = /^\s*(?=\})/.exec(text)?.[0];
  return end !== undefined && labels.length === 0 ? ended(labels, text, end.length) : undefined;
}

/** `fromEntries` defines a label named __proto__ as any other. A label that stands there twice makes the line unreadable. */
function ended(labels: readonly (readonly [string, string])[], text: string, at: number): Labelled | undefined {
  const known = new Set(labels.map(([label]) => label));
  return known.size === labels.length ? { labels: Object.fromEntries(labels), rest: text.slice(at + 1) } : undefined;
}

function unescaped(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\(.)/gs, (pair, character: string) => {
    if (character === "n") return "\n";
    return character === "\\" || character === '"' ? character : pair;
  });
}
