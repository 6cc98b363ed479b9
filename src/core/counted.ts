import type { CountedForm } from "./counted-form.ts";
import type { Growth } from "./counts.ts";
import type { Moment } from "./estimate.ts";
import { minus, nothing, plus, type Tally } from "./likelihood.ts";
import { type Batch, remember } from "./sequential.ts";
import { type Cut, type Edgeless, grownSince, type Question, questionOf, tallyOf } from "./tally.ts";
import { type History, historyOf } from "./window.ts";

/** What was counted for one assertion in this stage. */
export type Counted = {
  /** Settled when the first events are there, and kept: a question that follows the answers finds what it looks for. */
  readonly question: Question | Edgeless | undefined;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly batches: readonly Batch[];
};

/** A host as it was counted last. */
type Seen = {
  /** Since when its samples count; another one is another life of the host. */
  readonly from: number;
  /** What its counters had grown by when they were first seen. */
  readonly base: ReadonlyMap<string, number>;
  readonly tally: Tally;
};

export const uncounted: Counted = { question: undefined, seen: new Map(), batches: [] };

/** The hosts that an assertion is about, and those that it compares them with. */
export type Sides = { readonly changed: readonly string[]; readonly baseline: readonly string[] };

/** What was counted by now, and what the counters of each host on the sides grew by since they were first seen. */
export type Count = { readonly counted: Counted; readonly growths: ReadonlyMap<string, Growth> };

/** Counts what came since the last reading. */
export function count(before: Counted, form: CountedForm, sides: Sides, moment: Moment): Count {
  const known = {
    changed: knownOn(sides.changed, before, form, moment),
    baseline: form.factor === 0 ? [] : knownOn(sides.baseline, before, form, moment),
  };
  const seen = new Map(before.seen);
  const growths = new Map<string, Growth>();
  for (const one of [...known.changed, ...known.baseline]) {
    seen.set(one.host, one.seen);
    growths.set(one.host, one.growth);
  }
  const question = before.question ?? questionOf(form, growthsIn(known));
  if (question === undefined || !("bound" in question)) return { counted: { question, seen, batches: [] }, growths };
  const changed = counted(known.changed, question.cut, "changed");
  const baseline = counted(known.baseline, question.cut, "baseline");
  for (const { host, now } of [...changed.hosts, ...baseline.hosts]) seen.set(host, now);
  const joined = form.factor > 0 && known.changed.some(({ isNew }) => isNew);
  const batches = remember(joined ? startedAnew(before.batches) : before.batches, {
    changed: changed.new,
    baseline: baseline.new,
  });
  return { counted: { question, seen, batches }, growths };
}

function growthsIn({ changed, baseline }: { readonly changed: readonly Known[]; readonly baseline: readonly Known[] }) {
  return { changed: changed.map(({ growth }) => growth), baseline: baseline.map(({ growth }) => growth) };
}

type Known = { readonly host: string; readonly seen: Seen; readonly growth: Growth; readonly isNew: boolean };

function knownOn(hosts: readonly string[], before: Counted, form: CountedForm, moment: Moment): readonly Known[] {
  return hosts.flatMap((host) => {
    const history = historyOf(moment.evidence, form.metric, host, moment.changed);
    if (history === undefined) return [];
    const old = before.seen.get(host);
    const kept = old?.from === history.from ? old : undefined;
    const seen = kept ?? first(history);
    return [{ host, seen, growth: grownSince(history, seen.base), isNew: kept === undefined }];
  });
}

/**
 * A host starts from what it had grown by: what an earlier stage counted is not counted again. Only what ship itself
 * counted for a host's first reading is new, all of it.
 */
function first({ from, grown, readings }: History): Seen {
  const [only, second] = readings;
  const own = second === undefined && only?.reading.type === "growth" ? only.reading.series : {};
  const base = [...grown].map(([key, count]) => [key, count - (own[key] ?? 0)] as const);
  return { from, base: new Map(base), tally: nothing };
}

/** What each host of a side counted so far, and what is new of all of them. */
function counted(known: readonly Known[], cut: Cut, side: keyof Sides) {
  const hosts = known.flatMap(({ host, seen, growth }) => {
    const tally = tallyOf(cut, growth, side);
    return tally === undefined ? [] : [{ host, now: { ...seen, tally }, more: minus(tally, seen.tally) }];
  });
  return { hosts, new: hosts.reduce((sum, { more }) => plus(sum, more), nothing) };
}

/**
 * A comparison with the baseline on sums is only fair while the same hosts are in it: what was counted before others
 * joined is let go. The readings go on being numbered, so that no chance is spent twice.
 */
function startedAnew(batches: readonly Batch[]): readonly Batch[] {
  const last = batches.at(-1);
  return last === undefined ? [] : [{ changed: nothing, baseline: nothing, index: last.index + 1 }];
}

/** All that was counted of these hosts. */
export function totalOf({ seen }: Counted, hosts: readonly string[]): Tally {
  return hosts.reduce((sum, host) => plus(sum, seen.get(host)?.tally ?? nothing), nothing);
}
