import type { Episode } from "./episode.ts";
import { kinds } from "./schedule.ts";

export type Broken = { readonly seed: number; readonly invariant: string; readonly text: string };

/** What many schedules came to. */
export type Tally = {
  readonly schedules: number;
  readonly events: number;
  /** How often each kind of fault really happened. */
  readonly injected: Readonly<Record<string, number>>;
  /** How commands ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly broken: readonly Broken[];
};

export const emptyTally: Tally = { schedules: 0, events: 0, injected: {}, outcomes: {}, broken: [] };

export function tallied(tally: Tally, seed: number, { events, injected, outcomes, violation }: Episode): Tally {
  const ends: Record<string, number> = {};
  for (const one of outcomes) ends[one] = (ends[one] ?? 0) + 1;
  const broken = violation === undefined ? [] : [{ seed, ...violation }];
  return joined(tally, { schedules: 1, events, injected: Object.fromEntries(injected), outcomes: ends, broken });
}

export function joined(a: Tally, b: Tally): Tally {
  return {
    schedules: a.schedules + b.schedules,
    events: a.events + b.events,
    injected: summed(a.injected, b.injected),
    outcomes: summed(a.outcomes, b.outcomes),
    broken: [...a.broken, ...b.broken].sort((one, other) => one.seed - other.seed),
  };
}

type Counts = Readonly<Record<string, number>>;

function summed(a: Counts, b: Counts): Counts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** Faults that never happened: what was not injected was not survived. */
export function missing({ injected }: Tally): readonly string[] {
  return kinds.filter((kind) => (injected[kind] ?? 0) === 0);
}

export function brokenText({ seed, invariant, text }: Broken): string {
  return `seed ${seed}: ${invariant}: ${text.split("\n")[0]}`;
}

export function summaryText(tally: Tally, seconds: number): string {
  const counts = (of: Counts) =>
    Object.entries(of)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const speed = (tally.schedules / seconds).toFixed(0);
  return [
    `${tally.schedules} schedules, ${tally.events} events, ${speed} schedules/s, ${tally.broken.length} violations`,
    `injected: ${counts(tally.injected)}`,
    `ends: ${counts(tally.outcomes)}`,
  ].join("\n");
}
