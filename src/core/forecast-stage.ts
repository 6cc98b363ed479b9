import { type AssertionPolicy, type Component, everyOf } from "./component.ts";
import { countedForm } from "./counted-form.ts";
import { metricsOf } from "./expression.ts";
import {
  eventsToBeSure,
  type Sight,
  sightsOfRanks,
  sightsOfTest,
  sightsOfThreshold,
  type Test,
} from "./forecast-find.ts";
import { countedMeasure, fleetOf, growthsOn, type Scene, sourceEvery, trafficOf } from "./forecast-traffic.ts";
import type { StagePlan } from "./plan.ts";
import type { Ruling } from "./ruling.ts";
import { type Edgeless, questionOf } from "./tally.ts";
import { windowReadings } from "./window.ts";

/** What an assertion will be able to see in one stage, by the traffic of now. Times in ms from its last host's change on. */
export type StageForecast = {
  readonly stage: string;
  readonly method: Ruling["method"];
  /** Hosts that have the change by then: as many are exposed to what it finds. */
  readonly exposed: number;
  /** Events a second behind its number, on the host with the fewest where each is judged alone; undefined where none are counted. */
  readonly traffic: number | undefined;
  readonly bake: number;
  readonly longestBake: number;
  /** When it has the readings and events that it needs; undefined where it never will. */
  readonly ready: number | undefined;
  /** When a healthy version can pass: with the bake, or later. */
  readonly passes: number | undefined;
  readonly finds: readonly Found[];
  /** What keeps it from being judged on counts. */
  readonly edgeless: Edgeless | undefined;
  /** No host is left to compare with when the stage ends: the verdict before stands. */
  readonly isAlone: boolean;
};

/** How soon something that goes wrong is found; `after` is undefined where it never is. */
export type Found = Pick<Sight, "change" | "metric" | "isWithin" | "events"> & {
  readonly after: number | undefined;
  /** The bake is over by then. */
  readonly isLate: boolean;
};

/** About what one assertion can see in one stage. */
export function forecastStage(policy: AssertionPolicy, scene: Scene): StageForecast {
  const { stage, component } = scene;
  const question = questionNow(policy, scene);
  const test = question !== undefined && "test" in question ? question.test : undefined;
  const isAlone = comparesWithBaseline(policy) && scene.baseline.length === 0;
  const pace = paceOf(policy, scene, test !== undefined);
  const ready = pace.first === undefined ? undefined : pace.at(pace.first - 1 + policy.minReadings);
  const sights = isAlone || pace.first === undefined ? [] : sightsOf(test, policy, scene);
  return {
    stage: stage.name,
    method: test !== undefined ? "sequential" : policy.compare === undefined ? "threshold" : "ranks",
    exposed: scene.changed.length,
    traffic: pace.traffic,
    bake: stage.bake,
    longestBake: stage.longestBake,
    ready: isAlone ? component.warmup : ready,
    passes: isAlone ? stage.bake : passesAt(ready, test, policy, scene),
    finds: sights.map((sight) => found(sight, pace, policy, stage)),
    edgeless: question !== undefined && "edgeless" in question ? question.edgeless : undefined,
    isAlone,
  };
}

type Asked = { readonly test: Test } | { readonly edgeless: Edgeless };

/** The question that can be put to the counts, as the histograms of now have it. All hosts are alike now. */
function questionNow(policy: AssertionPolicy, scene: Scene): Asked | undefined {
  const form = policy.compare === undefined ? countedForm(policy.condition, scene.measures) : undefined;
  const measure = form === undefined ? undefined : countedMeasure(form.metric, scene);
  if (form === undefined || measure === undefined) return undefined;
  const growths = growthsOn(measure, fleetOf(scene), scene.moment);
  const question = questionOf(form, { changed: growths, baseline: growths });
  if (question === undefined) return undefined;
  return "bound" in question ? { test: { form, question, measure } } : { edgeless: question };
}

function comparesWithBaseline(policy: AssertionPolicy): boolean {
  return metricsOf(policy.condition).some(({ scope }) => scope === "baseline");
}

function sightsOf(test: Test | undefined, policy: AssertionPolicy, scene: Scene): readonly Sight[] {
  if (test !== undefined) return sightsOfTest(test, policy, scene);
  return policy.compare === undefined ? sightsOfThreshold(policy, scene) : sightsOfRanks(policy.compare, policy, scene);
}

type Pace = {
  readonly traffic: number | undefined;
  /** The first reading after the warm-up that says something, from 1; undefined where none ever does. */
  readonly first: number | undefined;
  /** ms after a change at which a reading is taken; the first one after the warm-up is number 0. */
  readonly at: (reading: number) => number;
  readonly eventsEach: number;
};

/** A counter says nothing before its second reading; counts say nothing before there are enough of them. */
function paceOf(policy: AssertionPolicy, scene: Scene, isTest: boolean): Pace {
  const metrics = metricsOf(policy.condition);
  const { component, stage } = scene;
  // The same sample is no reading twice.
  const own = Math.max(0, ...metrics.map(({ name }) => sourceEvery(name, scene)));
  const every = Math.max(own, everyOf(policy.every, stage.bake));
  const at = (reading: number) => component.warmup + reading * every;
  const rates = metrics.flatMap(({ name, scope }) => {
    const measure = countedMeasure(name, scene);
    return measure === undefined ? [] : [trafficOf(measure, scope, scene) ?? 0];
  });
  if (rates.length === 0) return { traffic: undefined, first: 1, at, eventsEach: 0 };
  const traffic = Math.min(...rates);
  const eventsEach = (traffic * every) / 1000;
  // A threshold is about the last readings alone, a test about all that was counted in the stage.
  const window = (windowReadings - 1) * Math.max(own, fastest(component, stage.bake));
  const isNever = traffic === 0 || (!isTest && (traffic * window) / 1000 < policy.minEvents);
  return {
    traffic,
    first: isNever ? undefined : Math.max(1, Math.ceil(policy.minEvents / eventsEach)),
    at,
    eventsEach,
  };
}

/** ms between two measurements of a stage: what any assertion asks for is read for all. */
function fastest({ assertions }: Component, bake: number): number {
  return Math.min(everyOf(undefined, bake), ...assertions.map(({ every }) => everyOf(every, bake)));
}

function found(sight: Sight, pace: Pace, policy: AssertionPolicy, { bake, longestBake }: StagePlan): Found {
  const { change, metric, isWithin, events } = sight;
  const after = isWithin ? undefined : foundAt(sight, pace, policy);
  // While it is contested, a bake is put off by some readings.
  const end = longestBake + policy.allow.of * everyOf(policy.every, bake);
  return { change, metric, isWithin, events, after, isLate: !isWithin && (after === undefined || after > end) };
}

function foundAt({ events, readings }: Sight, { first = 1, at, eventsEach }: Pace, { minReadings }: AssertionPolicy) {
  if (events !== undefined) return at(Math.max(first - 1 + minReadings, Math.ceil(events / eventsEach)));
  return readings === undefined ? undefined : at(first - 1 + readings);
}

/** With the bake, or as soon as there is enough; where weak evidence may stretch the bake, as soon as it is strong. */
function passesAt(
  ready: number | undefined,
  test: Test | undefined,
  policy: AssertionPolicy,
  scene: Scene,
): number | undefined {
  const { bake, longestBake } = scene.stage;
  if (ready === undefined) return undefined;
  if (longestBake === bake) return Math.max(bake, ready);
  if (policy.compare !== undefined) return Math.max(longestBake, ready);
  const sure = test === undefined ? 0 : sureAt(test, policy, scene);
  return Math.max(bake, ready, Math.min(sure, longestBake));
}

function sureAt(test: Test, policy: AssertionPolicy, scene: Scene): number {
  const events = eventsToBeSure(test, policy, scene);
  const { eventsEach, at } = paceOf(policy, scene, true);
  return events === undefined ? Number.POSITIVE_INFINITY : at(Math.ceil(events / eventsEach));
}
