import type { AssertionPolicy } from "../../../src/core/component.ts";
import { evaluate } from "../../../src/core/evaluate.ts";
import { metricsOf } from "../../../src/core/expression.ts";
import { methodOf } from "../../../src/core/judge.ts";
import { measuresOf } from "../../../src/core/sample.ts";
import { estimateOf, type View } from "../../../src/core/track.ts";
import { addSamples, type Changed, type Evidence, emptyEvidence } from "../../../src/core/window.ts";
import { component } from "../../simulation/component.ts";
import { names, type Setting, warmup } from "./given.ts";
import type { Rollout } from "./rollout.ts";
import { samplesOf } from "./samples.ts";
import type { Traffic } from "./traffic.ts";

/** How often a plain threshold is looked at, ms. */
const every = 10_000;

/** A gate of thresholds: on how many ms before each look; how many events it needs; how many of the last looks may be against it. */
type Plain = {
  readonly name: string;
  readonly window: number;
  readonly minEvents: number;
  readonly allow: { readonly bad: number; readonly of: number };
};

const strict = { minEvents: 0, allow: { bad: 0, of: 1 } };

export const plainGates: readonly Plain[] = [
  { name: "10 s", window: 10_000, ...strict },
  { name: "1 min", window: 60_000, ...strict },
  { name: "patient", window: 60_000, minEvents: 100, allow: { bad: 1, of: 5 } },
];

const { metrics } = component([]);
const measures = measuresOf(metrics);

/**
 * What others do: the same conditions on the same traffic, as thresholds. Only what ship judges on counts is judged.
 * `nominal` is a rollout in which nothing failed: when each host was changed, and when it was over. Returns when each of
 * the gates would have ended it, ms on the rollout's clock; undefined where it would not.
 */
export function thresholds(setting: Setting, traffic: Traffic, nominal: Rollout): readonly (number | undefined)[] {
  const policies = setting.assertions.filter((policy) => methodOf(policy, measures) === "sequential");
  const events = eventsOf(traffic, nominal);
  const failedAt: (number | undefined)[] = plainGates.map(() => undefined);
  const watched = plainGates.map((gate) => watching(gate, policies));
  let evidence = emptyEvidence;
  for (let at = firstLook(nominal); at <= nominal.at && failedAt.includes(undefined); at += every) {
    while (events[0] !== undefined && events[0].at <= at) events.shift()?.run();
    const changed = changedAt(nominal, at);
    const samples = names.flatMap((name, host) => samplesOf(name, traffic.read(host, at), at));
    evidence = addSamples(evidence, samples, changed);
    for (const [index, look] of watched.entries()) {
      if (failedAt[index] === undefined && look(evidence, changed, at)) failedAt[index] = at;
    }
  }
  return failedAt;
}

/** One gate's looks: whether it fails with this one. */
function watching({ window, minEvents, allow }: Plain, policies: readonly AssertionPolicy[]) {
  const looks = new Map<string, readonly boolean[]>();
  return (evidence: Evidence, changed: Changed, at: number): boolean => {
    const view = viewOf(lately(evidence, window), changed, at);
    for (const policy of policies) {
      const holds = isHeld(policy, minEvents, view);
      const before = looks.get(policy.text) ?? [];
      looks.set(policy.text, holds === undefined ? before : [...before, holds].slice(-allow.of));
    }
    return [...looks.values()].some((last) => last.filter((holds) => !holds).length > allow.bad);
  };
}

/** What happens to the traffic, in order. */
function eventsOf(traffic: Traffic, { changes }: Rollout): { readonly at: number; readonly run: () => void }[] {
  const events = changes.flatMap(({ host, restarted, since }) => [
    { at: restarted, run: () => traffic.restart(host, restarted) },
    { at: since, run: () => traffic.confirm(host, since) },
  ]);
  return events.sort((left, right) => left.at - right.at);
}

function firstLook({ changes }: Rollout): number {
  return Math.min(...changes.map(({ since }) => since)) + warmup;
}

function changedAt({ changes }: Rollout, at: number): Changed {
  const since = changes
    .filter((change) => change.since <= at)
    .map((change) => [nameOf(change.host), change.since] as const);
  return { since: new Map(since), warmup };
}

function nameOf(host: number): string {
  return names[host] ?? "";
}

/** Only the readings of the window: one more than there are steps in it. */
function lately(evidence: Evidence, window: number): Evidence {
  const kept = window / every + 1;
  const cut = (hosts: typeof evidence extends ReadonlyMap<string, infer Hosts> ? Hosts : never) =>
    new Map([...hosts].map(([host, history]) => [host, { ...history, readings: history.readings.slice(-kept) }]));
  return new Map([...evidence].map(([metric, hosts]) => [metric, cut(hosts)]));
}

function viewOf(evidence: Evidence, changed: Changed, at: number): View {
  const baseline = names.filter((name) => !changed.since.has(name));
  return { evidence, changed, at, every, measures, baseline, fleet: names, alpha: 1 };
}

/** Undefined where there is nothing to decide it on. */
function isHeld({ condition }: AssertionPolicy, minEvents: number, view: View): boolean | undefined {
  const alone = metricsOf(condition).some(({ scope }) => scope === "each");
  const subjects = alone ? [...view.changed.since.keys()] : [""];
  const outcomes = subjects.map((subject) =>
    evaluate(condition, (metric) => {
      const found = estimateOf(metric, subject, view, view);
      return found.type === "number" && (found.events ?? 0) < minEvents ? { type: "missing", gaps: [] } : found;
    }),
  );
  const decided = outcomes.filter((outcome) => outcome.type === "decided");
  return decided.length === 0 ? undefined : decided.every(({ holds }) => holds);
}
