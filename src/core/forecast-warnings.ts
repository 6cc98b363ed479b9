import type { AssertionPolicy } from "./component.ts";
import { estimate, type Gap } from "./estimate.ts";
import { metricsOf } from "./expression.ts";
import type { Found, StageForecast } from "./forecast-stage.ts";
import { fleetOf, type Scene } from "./forecast-traffic.ts";
import type { Judgement } from "./judge.ts";
import { groups } from "./sample.ts";
import type { Edgeless } from "./tally.ts";
import { duration, foldHosts, grouped, number } from "./words.ts";

type Gate = {
  /** The stages in which the assertion is judged, and the same as scenes. */
  readonly stages: readonly StageForecast[];
  readonly scenes: readonly Scene[];
  readonly verdict: Judgement["verdict"];
  /** A rollout that is begun now is refused for it. */
  readonly isSick: boolean;
  /** No gate of the component decides, which is said once for all. */
  readonly isObserved: boolean;
};

/** Where an assertion could hardly ever decide, and why; each as a sentence, what came from hosts raw. */
export function warningsOf(policy: AssertionPolicy, gate: Gate): readonly string[] {
  const { stages, scenes } = gate;
  const last = scenes.at(-1);
  return [
    ...(policy.observeOnly && !gate.isObserved ? ["only observed: it decides nothing"] : []),
    ...(policy.from === undefined ? [] : [`not judged before the turn of ${policy.from}`]),
    ...(gate.verdict === "fail" ? [gate.isSick ? `${failing}: a rollout is refused (--fix-forward)` : failing] : []),
    ...(last === undefined ? [] : blindTexts(policy, last)),
    ...edgeTexts(stages),
    ...poorTexts(policy, stages),
    ...(last === undefined ? [] : lateTexts(stages, last.component.onBlind)),
    ...aloneTexts(stages),
  ];
}

const failing = "fails now, before anything is changed";

/** Metrics that give no number now, with the cause. */
function blindTexts({ condition }: AssertionPolicy, scene: Scene): readonly string[] {
  const names = new Set(metricsOf(condition).map(({ name }) => name));
  const hosts = fleetOf(scene);
  return [...names].flatMap((name) => {
    const measure = scene.measures.get(name);
    const gaps = measure === undefined ? [] : estimate(measure, hosts, scene.moment, groups.changed).gaps;
    const causes = grouped(gaps, ({ cause, detail }) => `${cause}: ${detail}`);
    return [...causes].map(([cause, same]) => `${name} gives no number now${onHosts(same, hosts.length)} (${cause})`);
  });
}

const fewHosts = 3;

function onHosts(gaps: readonly Gap[], all: number): string {
  const hosts = [...new Set(gaps.flatMap(({ host }) => (host === undefined || host.startsWith("@") ? [] : [host])))];
  if (hosts.length === 0) return "";
  if (hosts.length === all) return " on any host";
  return hosts.length <= fewHosts ? ` on ${foldHosts(hosts)}` : ` on ${hosts.length} of ${all} hosts`;
}

function edgeTexts(stages: readonly StageForecast[]): readonly string[] {
  const edgeless = stages.flatMap((stage) => stage.edgeless ?? [])[0];
  return edgeless === undefined ? [] : [`${edgeText(edgeless)}: judged as a threshold`];
}

function edgeText({ limit, below, above }: Edgeless): string {
  const near = [below, above].flatMap((edge) => (edge === undefined ? [] : [number(edge)]));
  return `no bucket edge at ${number(limit)}, nearest ${near.join(" and ")}`;
}

/** Too little traffic for a verdict within the bake: of the first stage where it is so. */
function poorTexts(policy: AssertionPolicy, stages: readonly StageForecast[]): readonly string[] {
  const poor = stages.find(({ ready, longestBake }) => ready === undefined || ready > longestBake);
  if (poor?.traffic === undefined || poor.traffic === 0) return [];
  const { traffic, stage, longestBake, ready, exposed } = poor;
  const hosts = exposed === 1 ? "1 host" : `${exposed} hosts`;
  const rate = `${number(traffic)} events a second on ${hosts}`;
  if (ready === undefined)
    return [`${rate}: its last readings never hold the ${policy.minEvents} events that are needed`];
  const needed = `${policy.minEvents} events take ${duration((policy.minEvents / traffic) * 1000)}`;
  return [`${rate}: ${needed}, and a verdict ${duration(ready)}; the bake of ${stage} is ${duration(longestBake)}`];
}

/** What is not found before the bake ends: in the first stage where it is so, since it goes no further than that. */
function lateTexts(stages: readonly StageForecast[], onBlind: "hold" | "rollback"): readonly string[] {
  const late = stages.flatMap((stage) => stage.finds.filter(({ isLate }) => isLate).map((found) => ({ stage, found })));
  const [first] = late;
  if (first === undefined) return [];
  const { stage, found } = first;
  const answer = onBlind === "rollback" ? "taken back without a verdict" : "held there without a verdict";
  const time = found.after === undefined ? "is never found" : `is found after ${duration(found.after)}`;
  return [`${troubleText(found)} ${time}, the bake of ${stage.stage} is ${duration(stage.longestBake)}: ${answer}`];
}

function troubleText({ change, metric }: Found): string {
  switch (change) {
    case "doubled":
      return `${metric} doubled`;
    case "errors":
      return `${metric} gone from 0.1% to 1%`;
    case "against":
      return "a number far off";
  }
}

function aloneTexts(stages: readonly StageForecast[]): readonly string[] {
  const alone = stages.find(({ isAlone }) => isAlone);
  return alone === undefined
    ? []
    : [`${alone.stage} leaves no host to compare with: the last verdict before that stands`];
}
