import type { Judgement } from "../core/judge.ts";
import { number, sparkline } from "../core/words.ts";
import type { Paint, Tone } from "./paint.ts";
import { hostsText, plural, safe } from "./safe.ts";

/** One assertion's verdict with the numbers that it rests on, in a line; `values` are its readings, oldest first. */
type JudgementRow = { readonly judgement: Judgement; readonly values: readonly (number | undefined)[] };

const ranks = { fail: 0, undecided: 1, pass: 2 };
const tones: Readonly<Record<Judgement["verdict"], Tone>> = { fail: "bad", undecided: "warn", pass: "good" };

/** Lines, the worst first, at most `most` and one that counts the rest. */
export function judgementLines(rows: readonly JudgementRow[], colors: Paint, most: number): readonly string[] {
  const { shown, rest } = parted(rows, most);
  return textOf(shown, rest, colors);
}

/** The same lines, each in its place whatever it says, for eyes that watch them change. */
export function steadyLines(rows: readonly JudgementRow[], colors: Paint, most: number): readonly string[] {
  const { shown, rest } = parted(rows, most);
  const kept = new Set(shown);
  return textOf(
    rows.filter((row) => kept.has(row)),
    rest,
    colors,
  );
}

/** Two lines for each, which stay where they are: the numbers with their readings, and under them what they rest on. */
export function steadyPairs(rows: readonly JudgementRow[], colors: Paint): readonly string[] {
  const widths = widthsOf(rows);
  return rows.flatMap((row) => [
    numbersLine(row, widths, colors).trimEnd(),
    under(details(row.judgement), colors).trimEnd(),
  ]);
}

function parted(rows: readonly JudgementRow[], most: number) {
  const sorted = [...rows].sort((a, b) => weight(a.judgement) - weight(b.judgement));
  const count = sorted.length > most ? most - 1 : most;
  return { shown: sorted.slice(0, count), rest: sorted.slice(count) };
}

function textOf(shown: readonly JudgementRow[], rest: readonly JudgementRow[], colors: Paint): readonly string[] {
  const widths = widthsOf(shown);
  const lines = shown.map((row) => lineOf(row, widths, colors));
  return rest.length === 0 ? lines : [...lines, colors.quiet(`… and ${restText(rest)}`)];
}

/** What an assertion only watches comes last, whatever it says. */
function weight(judgement: Judgement): number {
  return ranks[judgement.verdict] + (judgement.observeOnly ? 3 : 0);
}

function restText(rows: readonly JudgementRow[]): string {
  const failing = rows.filter((row) => row.judgement.verdict === "fail").length;
  return `${plural(rows.length, "more assertion")}${failing > 0 ? `, ${failing} of them failing` : ""}`;
}

function under(text: string, colors: Paint): string {
  return `${" ".repeat(11)}${colors.quiet(text)}`;
}

type Widths = { readonly assertion: number; readonly numbers: number };

function widthsOf(rows: readonly JudgementRow[]): Widths {
  const widest = (texts: readonly string[]) => Math.min(40, Math.max(0, ...texts.map((text) => text.length)));
  return {
    assertion: widest(rows.map((row) => safe(row.judgement.assertion, 60))),
    numbers: widest(rows.map((row) => numbers(row.judgement))),
  };
}

function lineOf(row: JudgementRow, widths: Widths, colors: Paint): string {
  const more = details(row.judgement);
  return `${numbersLine(row, widths, colors)}${more === "" ? "" : colors.quiet(`  ${more}`)}`.trimEnd();
}

function numbersLine({ judgement, values }: JudgementRow, widths: Widths, colors: Paint): string {
  const verdict = colors[tones[judgement.verdict]](judgement.verdict.padEnd(9));
  const assertion = safe(judgement.assertion, 60).padEnd(widths.assertion);
  const known = numbers(judgement).padEnd(widths.numbers);
  return `${verdict}  ${assertion}  ${known}${values.length > 1 ? `  ${sparkline(values)}` : ""}`;
}

/** The number against its limit, where there is one; otherwise the metrics with their values. */
export function numbers(judgement: Judgement): string {
  const { value, limit, values } = judgement;
  if (value !== undefined && limit !== undefined) return apart(value, limit);
  if (value !== undefined) return number(value);
  if (values.length === 0) return "no data";
  return values.map((one) => `${safe(one.metric, 40)} ${number(one.value)}`).join(", ");
}

/** Digits are added until a value beyond its limit also looks so: 50.04 against 50, not 50 against 50. */
function apart(value: number, limit: number): string {
  const digits = [3, 4, 5, 6].find((count) => number(value, count) !== number(limit, count)) ?? 3;
  return `${number(value, digits)} against ${number(limit, digits)}`;
}

/** What the verdict rests on, and on whom: readings against it, causes, events, hosts, and what chance would have it so. */
export function details(judgement: Judgement): string {
  const { events, causes, hosts } = judgement;
  const parts = [
    againstText(judgement),
    // What is missing comes before what is there: a narrow terminal cuts the end off.
    ...causes.slice(0, 2).map(causeText),
    events === undefined ? "" : plural(Math.round(events), "event"),
    hosts.length > 0 ? `on ${hostsText(hosts, 60)}` : "",
    chanceShort(judgement),
    judgement.observeOnly ? "only observed" : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** How many readings speak against it, where that is what decides. */
export function againstText({ bad, of, method }: Judgement): string {
  if (bad === 0 || (method !== "threshold" && method !== undefined)) return "";
  return of === 1 ? "its last reading" : `${bad} of the last ${of} readings`;
}

export function causeText({ cause, detail }: Judgement["causes"][number]): string {
  return safe(detail === "" ? cause : `${cause}: ${detail}`, 80);
}

/** How unlikely a healthy version is to look as bad, where that says something. */
function chanceShort({ chance }: Judgement): string {
  if (chance === undefined || chance >= 0.05) return "";
  return chance < 1e-9 ? "chance below 1e-9" : `chance 1 in ${Math.round(1 / chance).toLocaleString("en-US")}`;
}

const methods = { sequential: "sequential test on counts", ranks: "rank test", threshold: "threshold" };

/** How it was judged, on how many readings, between which bounds, and by whose numbers. */
export function groundsText(judgement: Judgement): string {
  // What an older ship has written lacks the newer fields.
  const { method = "threshold", readings, interval, origins = [] } = judgement;
  const parts = [
    `${methods[method]}, ${plural(readings, "reading")}`,
    interval === undefined ? "" : `between ${number(interval.low)} and ${number(interval.high)} (95%)`,
    origins.length === 0 ? "" : `by ${safe(origins.join(", "), 120)}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The same lines, the worst first, each with its grounds and what it still lacks under it. */
export function fullLines(rows: readonly JudgementRow[], colors: Paint): readonly string[] {
  const sorted = [...rows].sort((a, b) => weight(a.judgement) - weight(b.judgement));
  const widths = widthsOf(sorted);
  return sorted.flatMap((row) => [
    lineOf(row, widths, colors),
    ...[groundsText(row.judgement), ...row.judgement.causes.slice(2).map(causeText)].map((text) => under(text, colors)),
  ]);
}
