import type { Happening } from "../core/event.ts";
import { holderSaid } from "../core/holder.ts";
import { duration, grouped } from "../core/words.ts";
import { columns } from "./columns.ts";
import { type Paint, paint, type Tone } from "./paint.ts";
import { hostsText, plural, safe } from "./safe.ts";

type Observed = Extract<Happening, { readonly type: "host.observed" }>;

type StatusOptions = {
  readonly color: boolean;
  /** The cohorts, innermost first; those of the events in order of appearance when it is empty. */
  readonly cohorts: readonly string[];
};

/** What every host runs, by cohort and version; hosts that want attention first, then who is rolling what. */
export function statusText(events: readonly Observed[], options: StatusOptions): string {
  const colors = paint(options.color);
  if (events.length === 0) return "No hosts.\n";
  const components = [...grouped(events, (event) => event.component)];
  return components.map(([name, hosts]) => `${componentLines(name, hosts, options, colors).join("\n")}\n`).join("\n");
}

type Row = { readonly tone: Tone; readonly word: string; readonly note: string; readonly host: Observed };

function componentLines(name: string, events: readonly Observed[], options: StatusOptions, colors: Paint): string[] {
  const cohorts = ordered(events, options.cohorts);
  const usual = new Map(
    cohorts.map((cohort) => [cohort, usualVersion(events.filter((event) => event.cohort === cohort))]),
  );
  const rows = events.map((event) => rowOf(event, usual, cohorts[0]));
  const odd = rows.filter((row) => row.tone !== "good");
  const sorted = cohorts.flatMap((cohort) => rows.filter((row) => row.tone === "good" && row.host.cohort === cohort));
  return [
    `${colors.strong(safe(name, 60))}  ${plural(events.length, "host")}, ${odd.length === 0 ? "all proven" : `${odd.length} to look at`}`,
    ...table([...[...odd].sort((a, b) => rank(a) - rank(b)), ...sorted], colors),
    ...[...rollouts(events), ...locks(events)].map((line) => `  ${line}`),
  ];
}

function ordered(events: readonly Observed[], known: readonly string[]): readonly string[] {
  const named = new Set(events.map((event) => event.cohort));
  return [...new Set([...known.filter((cohort) => named.has(cohort)), ...named])];
}

/** The version that most of these hosts run and have proven. */
function usualVersion(events: readonly Observed[]): string | undefined {
  const groups = [
    ...grouped(
      events.filter((event) => event.proven),
      (event) => event.version ?? "",
    ),
  ];
  return groups.sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

const words = [
  "unreachable",
  "stuck",
  "drifted",
  "going back",
  "changing",
  "not healthy",
  "unproven",
  "behind",
  "empty",
];

function rank(row: Row): number {
  return words.indexOf(row.word);
}

function rowOf(event: Observed, usual: ReadonlyMap<string, string | undefined>, first: string | undefined): Row {
  const row = (word: string, tone: Tone, note = "") => ({ word, tone, note, host: event });
  if (event.phase === null) return row("unreachable", "bad", event.cause);
  if (event.cause !== undefined && event.version !== null) return row("drifted", "bad", event.cause);
  if (event.phase === "revert-failed") return row("stuck", "bad", "could not be put back");
  if (event.phase === "reverting") return row("going back", "warn");
  if (event.phase === "armed" || event.phase === "switched") return row("changing", "warn");
  if (event.healthy === false) return row("not healthy", "bad");
  if (event.version === null) return row("empty", "warn", event.cause);
  if (!event.proven) return row("unproven", "warn", event.good === null ? "" : `proven here: ${event.good}`);
  return isBehind(event, usual, first) ? row("behind", "warn") : row("proven", "good");
}

/** Runs something else than most of its cohort, and not what the innermost cohort runs, which is ahead of the rest. */
function isBehind(event: Observed, usual: ReadonlyMap<string, string | undefined>, first: string | undefined): boolean {
  const own = usual.get(event.cohort);
  return own !== undefined && event.version !== own && event.version !== usual.get(first ?? "");
}

function table(rows: readonly Row[], colors: Paint): readonly string[] {
  const key = ({ word, note, host }: Row) => [word, host.cohort, host.version, note].join("\n");
  const groups = [...grouped(rows, key).values()];
  const lines = columns(groups.map(cells));
  return lines.map((line, at) => `  ${colored(line, groups[at]?.[0], colors)}`);
}

function cells(group: readonly Row[]): readonly string[] {
  const [row] = group;
  if (row === undefined) return [];
  const { host, word, note } = row;
  const names = group.map((one) => one.host.host);
  const version = host.version === null ? "-" : safe(host.version, 40);
  return [word, safe(host.cohort, 40), version, String(group.length), hostsText(names, 100), safe(note, 100)];
}

function colored(line: string, row: Row | undefined, colors: Paint): string {
  if (row === undefined) return line;
  return `${colors[row.tone](row.word)}${line.slice(row.word.length)}`;
}

/** Who is rolling what: the hosts name it while its runner has not ended it. */
function rollouts(events: readonly Observed[]): readonly string[] {
  const open = events.filter((event) => event.unfinished !== null && event.unfinished !== "");
  return [...grouped(open, (event) => event.unfinished ?? "")].map(([id, hosts]) => {
    const holder = hosts.find((host) => host.holder !== null && host.holder !== "")?.holder ?? undefined;
    const by = holder === undefined ? ", which nobody runs" : ` by ${safe(holderSaid(holder), 200)}`;
    return `rollout ${safe(id, 60)}${by}, on ${plural(hosts.length, "host")}${lifeText(hosts)}`;
  });
}

/** The last sign of life of its runner: one that is long ago says that nobody runs it, or that its runner is cut off. */
function lifeText(hosts: readonly Observed[]): string {
  const beats = hosts.flatMap(({ beat }) => beat ?? []);
  const last = beats.sort((a, b) => a.generation - b.generation || a.count - b.count).at(-1);
  return last === undefined ? "" : `: ${safe(last.doing, 120)} (last sign of life ${duration(last.age)} ago)`;
}

/** Closed by hand: a rollout is refused, a rollback is not. */
function locks(events: readonly Observed[]): readonly string[] {
  const locked = events.filter((event) => event.locked !== undefined);
  return [...grouped(locked, (event) => event.locked ?? "")].map(
    ([text, hosts]) => `locked ${safe(text, 300)}, on ${plural(hosts.length, "host")}`,
  );
}
