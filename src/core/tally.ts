import type { Bound, Counts } from "./bound.ts";
import type { CountedForm } from "./counted-form.ts";
import { type Bucket, type Growth, pooledBuckets, quantileOf, totalOf } from "./counts.ts";
import { nothing, type Tally } from "./likelihood.ts";
import type { History } from "./window.ts";

/**
 * How events are told apart. `roles`: as the counters have it. `edge`: those above a bucket's edge (in the histogram's own
 * unit) are bad, on changed hosts and on the others. `turned`: the good ones are what is counted as bad.
 */
export type Cut =
  | { readonly type: "roles"; readonly turned: boolean }
  | { readonly type: "edge"; readonly changed: number; readonly baseline: number; readonly turned: boolean };

/** A question that can be put to counts: which events are bad, and how many of them a healthy service has. */
export type Question = { readonly cut: Cut; readonly bound: Bound };

/** What keeps a question from being put: the limit lies between two edges, or the histogram has none beyond it. */
export type Edgeless = {
  readonly limit: number;
  readonly below: number | undefined;
  readonly above: number | undefined;
};

/**
 * The question that a condition puts to the counts. "p99 < 50" asks whether at most 1% of the events lie above 50; it needs
 * a bucket's edge there. "p99 <= 1.2 * baseline.p99" asks whether as many lie above 1.2 times some edge as lie above that
 * edge on the baseline: so it is when the release makes no event more than 1.2 times as long. `growths` are of changed
 * hosts and of the baseline, for the edges.
 */
export function questionOf(
  form: CountedForm,
  growths: { readonly changed: readonly Growth[]; readonly baseline: readonly Growth[] },
): Question | Edgeless | undefined {
  const turned = form.worse === "less";
  if (form.shape.type === "ratio") return { cut: { type: "roles", turned }, bound: boundOf(form) };
  const { quantile, scale } = form.shape;
  const edges = finite(pooledBuckets([...growths.changed, ...growths.baseline]));
  if (edges.length === 0) return undefined;
  if (form.factor > 0) return comparedAt({ ...form, quantile, scale }, edges, pooledBuckets(growths.baseline));
  const limit = form.plus / scale;
  const edge = edges.find((one) => isSame(one, limit));
  if (edge === undefined) return edgeless(edges, limit, scale);
  const most = turned ? quantile : 1 - quantile;
  return { cut: { type: "edge", changed: edge, baseline: edge, turned }, bound: { type: "rate", most } };
}

function boundOf({ worse, factor, plus }: CountedForm): Bound {
  const turned = worse === "less";
  if (factor === 0) return { type: "rate", most: turned ? 1 - plus : plus };
  return { type: "relative", factor, plus: turned ? Math.max(0, 1 - factor - plus) : plus };
}

type AtEdges = Pick<CountedForm, "factor" | "plus"> & { readonly quantile: number; readonly scale: number };

function comparedAt(
  { factor, plus, quantile, scale }: AtEdges,
  edges: readonly number[],
  baseline: readonly Bucket[],
): ReturnType<typeof questionOf> {
  const now = quantileOf(quantile, baseline);
  if (now === undefined) return undefined;
  const limit = factor * now.value + plus / scale;
  const changed = edges.find((edge) => edge > limit || isSame(edge, limit));
  const before = changed === undefined ? 0 : (changed - plus / scale) / factor;
  const under = edges.findLast((edge) => edge < before || isSame(edge, before));
  if (changed === undefined || under === undefined) return edgeless(edges, limit, scale);
  const bound: Bound = { type: "relative", factor: 1, plus: 0 };
  return { cut: { type: "edge", changed, baseline: under, turned: false }, bound };
}

function finite(buckets: readonly Bucket[]): readonly number[] {
  return buckets.map(({ bound }) => bound).filter(Number.isFinite);
}

function isSame(edge: number, limit: number): boolean {
  return Math.abs(edge - limit) <= 1e-9 * Math.max(Math.abs(edge), Math.abs(limit));
}

function edgeless(edges: readonly number[], limit: number, scale: number): Edgeless {
  const shown = (edge: number | undefined) => (edge === undefined ? undefined : edge * scale);
  return {
    limit: limit * scale,
    below: shown(edges.findLast((edge) => edge < limit)),
    above: shown(edges.find((edge) => edge > limit)),
  };
}

/** The events of one host, of what its counters grew by; undefined where its histogram lacks the edge. */
export function tallyOf(cut: Cut, growth: Growth, side: keyof Counts): Tally | undefined {
  const counted = cut.type === "roles" ? ofRoles(growth) : above(cut[side], growth);
  if (counted === undefined || !cut.turned) return counted;
  return { bad: Math.max(0, counted.all - counted.bad), all: counted.all };
}

function ofRoles(growth: Growth): Tally {
  return { bad: totalOf("bad", growth), all: totalOf("all", growth) };
}

function above(edge: number, growth: Growth): Tally | undefined {
  const buckets = pooledBuckets([growth]);
  const all = buckets.at(-1);
  if (all === undefined) return nothing;
  const under = buckets.find(({ bound }) => Number.isFinite(bound) && isSame(bound, edge));
  return under === undefined || all === under ? undefined : { bad: all.count - under.count, all: all.count };
}

/** What a host's counters grew by since `base`, which they had grown by before. */
export function grownSince(history: History, base: ReadonlyMap<string, number>): Growth {
  const series = new Map<string, number>();
  for (const [key, count] of history.grown) series.set(key, count - (base.get(key) ?? 0));
  return { series, over: 0 };
}
