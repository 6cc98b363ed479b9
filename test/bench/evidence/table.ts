import type { Alarm, Outcome } from "./outcome.ts";
import { plainGates } from "./plain.ts";
import { median, shareRange } from "./share.ts";

/** All rollouts of one scenario at one rate. */
export type Row = { readonly name: string; readonly rate: number; readonly outcomes: readonly Outcome[] };

/** How healthy rollouts ended, and how often thresholds would have taken them back. */
export function healthyTable(rows: readonly Row[]): string {
  const head = [
    "healthy",
    "req/s",
    "rollouts",
    "taken back",
    "few",
    "close",
    "passed",
    ...plainGates.map(({ name }) => name),
  ];
  return laidOut([head, ...rows.map((row) => [row.name, String(row.rate), ...healthyCells(row.outcomes)])]);
}

/** How many of them were taken back, with the exact interval of the share. */
export function falseText(kind: string, rows: readonly Row[]): string {
  const outcomes = rows.flatMap((row) => row.outcomes);
  if (outcomes.length === 0) return `${kind}: none`;
  const count = outcomes.filter(({ end }) => end === "failed").length;
  const { low, high } = shareRange(count, outcomes.length);
  const [share, least, most] = [count / outcomes.length, low, high].map((one) => (1000 * one).toFixed(2));
  return `${kind}: ${count} of ${outcomes.length} taken back, ${share} in 1000 (95%: ${least} to ${most}); the budget is 1`;
}

/** How bad rollouts ended, how soon after the warm-up of the first bad host, with how many hosts changed by then. */
export function badTable(rows: readonly Row[]): string {
  const plain = plainGates.flatMap(({ name }) => [name, "s"]);
  const head = ["bad", "req/s", "caught", "few", "close", "passed", "s", "hosts", ...plain];
  return laidOut([head, ...rows.map((row) => [row.name, String(row.rate), ...badCells(row.outcomes)])]);
}

function healthyCells(outcomes: readonly Outcome[]): readonly string[] {
  const ended = (end: Outcome["end"]) => outcomes.filter((one) => one.end === end).length;
  const plain = plainGates.map((_, at) => outcomes.filter((one) => one.plain[at] !== undefined).length);
  const shares = [ended("few"), ended("close"), ended("passed"), ...plain].map((count) =>
    percent(count, outcomes.length),
  );
  return [String(outcomes.length), String(ended("failed")), ...shares];
}

function badCells(outcomes: readonly Outcome[]): readonly string[] {
  const share = (end: Outcome["end"]) => percent(outcomes.filter((one) => one.end === end).length, outcomes.length);
  const [caught, delay, exposed] = alarmCells(outcomes.map(({ alarm }) => alarm));
  const plain = plainGates.flatMap((_, at) => alarmCells(outcomes.map((one) => one.plain[at])).slice(0, 2));
  return [caught, share("few"), share("close"), share("passed"), delay, exposed, ...plain];
}

/** An alarm from before there was anything bad is a false one, and catches nothing. */
function alarmCells(alarms: readonly (Alarm | undefined)[]): readonly [string, string, string] {
  const caught = alarms.filter((alarm) => alarm !== undefined && alarm.delay >= 0) as readonly Alarm[];
  const delay = median(caught.map((alarm) => alarm.delay));
  const exposed = median(caught.map((alarm) => alarm.exposed));
  return [
    percent(caught.length, alarms.length),
    delay === undefined ? "-" : String(Math.round(delay / 1000)),
    exposed === undefined ? "-" : String(exposed),
  ];
}

function percent(count: number, all: number): string {
  return `${((100 * count) / all).toFixed(1)}%`;
}

/** Columns as wide as they must be; the first to the left, numbers to the right. */
function laidOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const cell = (text: string, at: number) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0));
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
