import { allowed } from "./bound.ts";
import { alphaOf } from "./budget.ts";
import { comparedWith, differenceOf, uncompared } from "./compared.ts";
import type { AssertionPolicy, Comparison } from "./component.ts";
import type { CountedForm } from "./counted-form.ts";
import { type Growth, pooledBuckets } from "./counts.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { evaluate } from "./evaluate.ts";
import { type Metric, metricsOf, type Scope } from "./expression.ts";
import { countedMeasure, fleetOf, growthsOn, type Scene, shareAbove, trafficOf } from "./forecast-traffic.ts";
import { nothing, plus, rateOf } from "./likelihood.ts";
import { eventsToBeWithin, eventsToExceed, type Outlook } from "./outlook.ts";
import { groups, type Measure } from "./sample.ts";
import { type Question, tallyOf } from "./tally.ts";

/**
 * Something that may go wrong with a change. `doubled`: every event takes twice as long. `errors`: bad events go from
 * 0.1% to 1%. `against`: the number is clearly beyond the limit.
 */
export type Trouble = { readonly change: "doubled" | "errors" | "against"; readonly metric: string };

/** What an assertion sees of it. */
export type Sight = Trouble & {
  /** The assertion lets it pass. */
  readonly isWithin: boolean;
  /** About how many events it takes, half of the times fewer; undefined where no test counts them. */
  readonly events: number | undefined;
  /** How many readings it takes, where that does not depend on events. */
  readonly readings: number | undefined;
};

/** An assertion that is judged on counts, with the question that the present buckets allow. */
export type Test = { readonly form: CountedForm; readonly question: Question; readonly measure: Measure };

/** Bad events of a healthy service, and of one whose errors are to be found. */
const errors = { healthy: 0.001, bad: 0.01 };

/** What the sequential test on counts will see. A quantile that is bad when it is low is none the worse for doubling. */
export function sightsOfTest(test: Test, policy: AssertionPolicy, scene: Scene): readonly Sight[] {
  const { form, question } = test;
  if (form.shape.type === "quantile" && form.worse === "less") return [];
  const outlook = outlookOf(test, policy, scene, ratesOf(test, scene));
  const isWithin = outlook.rate <= allowed(question.bound, outlook.baseline.rate);
  const change = form.shape.type === "quantile" ? "doubled" : "errors";
  const events = isWithin ? undefined : eventsToExceed(outlook);
  return [{ change, metric: form.metric, isWithin, events, readings: undefined }];
}

/** Events until all is known to be well, as the service is now; undefined where that never is. */
export function eventsToBeSure(test: Test, policy: AssertionPolicy, scene: Scene): number | undefined {
  const tallies = growthsOf(test, scene).flatMap((grown) => tallyOf(test.question.cut, grown, "changed") ?? []);
  const now = rateOf(tallies.reduce(plus, nothing), 0);
  return eventsToBeWithin({ ...outlookOf(test, policy, scene, { bad: now, healthy: now }), alpha: notable });
}

/** The chance of being wrong with which a bake may end early. */
const notable = 1 / 20;

type Rates = { readonly bad: number; readonly healthy: number };

function ratesOf(test: Test, scene: Scene): Rates {
  const { cut } = test.question;
  if (cut.type === "roles") return errors;
  const buckets = pooledBuckets(growthsOf(test, scene));
  return { bad: shareAbove(cut.changed / 2, buckets), healthy: shareAbove(cut.baseline, buckets) };
}

function growthsOf({ measure }: Test, scene: Scene): readonly Growth[] {
  return growthsOn(measure, fleetOf(scene), scene.moment);
}

function outlookOf(test: Test, policy: AssertionPolicy, scene: Scene, { bad, healthy }: Rates): Outlook {
  const { form, question, measure } = test;
  const alpha = alphaOf(scene.component, policy, scene.index, fleetOf(scene).length);
  const traffic = (scope: Scope) => trafficOf(measure, scope, scene) ?? 0;
  const all = traffic(form.scope);
  // Of a whole fleet's events, those of hosts without the change stay as they are.
  const share = form.scope === "fleet" ? traffic("changed") / all : 1;
  const rate = share * bad + (1 - share) * healthy;
  return { bound: question.bound, alpha, rate, baseline: { rate: healthy, ratio: traffic("baseline") / all } };
}

/** What a threshold will see: of each number that is made of counts, and else of any number that is against it. */
export function sightsOfThreshold(policy: AssertionPolicy, scene: Scene): readonly Sight[] {
  const readings = policy.allow.bad + 1;
  const counted = metricsOf(policy.condition).filter(
    (metric) => isOfChanged(metric) && countedMeasure(metric.name, scene) !== undefined,
  );
  const known = counted.flatMap((metric): readonly Sight[] => {
    const trouble = troubleWith(metric, scene);
    const outcome = evaluate(policy.condition, (one) => {
      return isOfChanged(one) && one.name === metric.name ? worse(now(one, scene), trouble) : now(one, scene);
    });
    const rest = { isWithin: outcome.type === "decided" && outcome.holds, events: undefined, readings };
    return outcome.type === "decided" ? [{ ...trouble, ...rest }] : [];
  });
  const first = metricsOf(policy.condition)[0]?.name ?? "";
  const against = { change: "against", metric: first, isWithin: false, events: undefined, readings } as const;
  return counted.length > 0 ? known : [against];
}

function isOfChanged({ scope }: Metric): boolean {
  return scope === "changed" || scope === "each";
}

function troubleWith({ name }: Metric, scene: Scene): Trouble {
  const isQuantile = countedMeasure(name, scene)?.shape.type === "quantile";
  return { change: isQuantile ? "doubled" : "errors", metric: name };
}

function worse(found: Estimate, { change }: Trouble): Estimate {
  if (found.type === "missing") return found;
  return { ...found, value: change === "doubled" ? 2 * found.value : errors.bad };
}

/** The number of all hosts now: each of them is as the changed ones will be. */
function now({ name }: Metric, scene: Scene): Estimate {
  const measure = scene.measures.get(name);
  if (measure === undefined) return { type: "missing", gaps: [] };
  return estimate(measure, fleetOf(scene), scene.moment, groups.changed);
}

/** What the rank test will see: how many readings it takes to tell a difference that is as large as can be. */
export function sightsOfRanks(comparison: Comparison, policy: AssertionPolicy, scene: Scene): readonly Sight[] {
  const alpha = alphaOf(scene.component, policy, scene.index, fleetOf(scene).length);
  const looks = Array.from({ length: mostLooks }, (_, index) => index + 1);
  const levels = (side: string, values: readonly number[]) =>
    values.map((value, host) => ({ host: `${side} ${host}`, value, newest: 0 }));
  const [x, y] = [
    levels("changed", apart(scene.changed.length, comparison)),
    levels("baseline", level(scene.baseline.length)),
  ];
  const { hosts } = comparedWith(uncompared, x, y);
  const readings = looks.find((count) => differenceOf({ hosts, looks: count }, comparison, alpha)?.isWorse);
  return [{ change: "against", metric: comparison.metric, isWithin: false, events: undefined, readings }];
}

/** What is not told apart by so many readings is no matter of a bake. */
const mostLooks = 60;

/** Values that are all different, as readings are, and all near 1. */
function level(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => 1 + index * 1e-6);
}

function apart(count: number, { direction, tolerance }: Comparison): readonly number[] {
  const far = 10 * (1 + tolerance);
  return level(count).map((value) => (direction === "up" ? value + far : value - far));
}
