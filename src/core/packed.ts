import type { Cause, Reading, Sample } from "./sample.ts";
import { grouped } from "./words.ts";

/**
 * Samples as the journal keeps them: names once, numbers in rows. JSON has no NaN and no infinities: those stand as text.
 */
export type Packed = {
  readonly hosts: readonly string[];
  readonly metrics: readonly PackedMetric[];
};

/** One metric from one origin; `series` names the numbers of each row that is a list. */
type PackedMetric = {
  readonly metric: string;
  readonly origin: string;
  readonly series?: readonly string[];
  readonly rows: readonly Row[];
};

/** Which host, when (ms from the measurement's time), what; then, where known, when its process started (ms from there), and the stamp. */
type Row = readonly [host: number, at: number, cell: Cell, start?: number | null, stamp?: number];

type Cell =
  | Scalar
  | readonly (Scalar | null)[]
  | { readonly grown: readonly (Scalar | null)[]; readonly over: number }
  | { readonly identity: string; readonly count?: number }
  | { readonly cause: Cause; readonly detail: string };

type Scalar = number | string;

/** Numbers of one metric in one measurement; what is more is recorded as missing, so that a journal stays a file that one can open. */
export const mostRecorded = 20_000;

/** `at`: the measurement's time, ms since the epoch. */
export function pack(samples: readonly Sample[], at: number): Packed {
  const hosts = [...new Set(samples.map(({ host }) => host))];
  const places = new Map(hosts.map((host, index) => [host, index]));
  const groups = [...grouped(samples, ({ metric, origin }) => `${metric}\n${origin}`).values()];
  return { hosts, metrics: groups.flatMap((group) => packGroup(group, places, at)) };
}

/** The samples again, metric by metric. */
export function unpack({ hosts, metrics }: Packed, at: number): readonly Sample[] {
  return metrics.flatMap(({ metric, origin, series = [], rows }) =>
    rows.map(([host, after, cell, start, stamp]): Sample => {
      const when = { metric, host: String(hosts[host]), at: at + after, origin };
      const known = typeof start === "number" ? { start: at + start } : {};
      return { ...when, reading: readingOf(cell, series), ...known, ...(stamp === undefined ? {} : { stamp }) };
    }),
  );
}

function packGroup(group: readonly Sample[], places: ReadonlyMap<string, number>, at: number): readonly PackedMetric[] {
  const numbers = group.reduce((sum, { reading }) => sum + keysOf(reading).length, 0);
  const kept = numbers > mostRecorded ? group.map((sample) => ({ ...sample, reading: tooMany(numbers) })) : group;
  const series = [...new Set(kept.flatMap(({ reading }) => keysOf(reading)))];
  const rows = kept.map((sample) => rowOf(sample, Number(places.get(sample.host)), series, at));
  const named = series.length === 0 ? {} : { series };
  return group.slice(0, 1).map(({ metric, origin }) => ({ metric, origin, ...named, rows }));
}

function tooMany(numbers: number): Reading {
  return { type: "missing", cause: "no-data", detail: `${numbers} numbers are more than the journal takes` };
}

function keysOf(reading: Reading): readonly string[] {
  return reading.type === "counters" || reading.type === "growth" ? Object.keys(reading.series) : [];
}

function rowOf({ reading, start, stamp, ...sample }: Sample, host: number, series: readonly string[], at: number): Row {
  const after = sample.at - at;
  const cell = cellOf(reading, series);
  if (stamp !== undefined) return [host, after, cell, start === undefined ? null : start - at, stamp];
  return start === undefined ? [host, after, cell] : [host, after, cell, start - at];
}

function cellOf(reading: Reading, series: readonly string[]): Cell {
  switch (reading.type) {
    case "gauge":
      return scalar(reading.value);
    case "counters":
      return listed(reading.series, series);
    case "growth":
      return { grown: listed(reading.series, series), over: reading.over };
    case "identity":
      return { identity: reading.identity, ...(reading.count === undefined ? {} : { count: reading.count }) };
    case "missing":
      return { cause: reading.cause, detail: reading.detail };
  }
}

function listed(values: Readonly<Record<string, number>>, series: readonly string[]): readonly (Scalar | null)[] {
  return series.map((key) => (Object.hasOwn(values, key) ? scalar(Number(values[key])) : null));
}

function scalar(value: number): Scalar {
  return Number.isFinite(value) ? value : String(value);
}

function readingOf(cell: Cell, series: readonly string[]): Reading {
  if (typeof cell === "number" || typeof cell === "string") return { type: "gauge", value: Number(cell) };
  if ("cause" in cell) return { type: "missing", cause: cell.cause, detail: cell.detail };
  if ("identity" in cell) return { type: "identity", identity: cell.identity, count: cell.count };
  if ("grown" in cell) return { type: "growth", series: named(cell.grown, series), over: cell.over };
  return { type: "counters", series: named(cell, series) };
}

function named(cells: readonly (Scalar | null)[], series: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    series.flatMap((key, index) => {
      const cell = cells[index] ?? null;
      return cell === null ? [] : [[key, Number(cell)]];
    }),
  );
}
