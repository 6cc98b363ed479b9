import { fleetSize, type Setting, warmup } from "./given.ts";
import { thresholds } from "./plain.ts";
import { type Rollout, rollOut } from "./rollout.ts";
import { allScenarios, type Scenario } from "./scenario.ts";
import { type Page, type Traffic, trafficOf } from "./traffic.ts";

/** How the gate is set; durations in ms. `every` is left to the bake's length where it is undefined. */
export type Gate = { readonly bake: number; readonly longestBake: number; readonly every: number | undefined };

/** When a gate said that a rollout fails: ms after the warm-up of the first bad host, and how many hosts had the change by then. */
export type Alarm = { readonly delay: number; readonly exposed: number };

/**
 * How one rollout ended by ship, and when plain thresholds would have ended it. Held for too `few` events, or too `close` to
 * a limit: the estimate is beyond it, and that proves nothing yet.
 */
export type Outcome = {
  readonly end: "passed" | "failed" | "few" | "close";
  readonly alarm: Alarm | undefined;
  readonly plain: readonly (Alarm | undefined)[];
};

/** One rollout: of a scenario (by its place in the list), at a rate, under a number that names its traffic. */
export type Case = { readonly scenario: number; readonly rate: number; readonly number: number };

/** Each rollout's traffic has a key of its own, below 2^31. */
const mostRates = 4;
const mostRollouts = 2 ** 20;

/** Carries out rollouts of one gate with one seed. */
export function player(gate: Gate, seed: number): (one: Case) => Outcome {
  const nominal = nominalFor(gate);
  return ({ scenario: at, rate, number }) => {
    const scenario = allScenarios[at];
    if (scenario === undefined) throw new Error(`there is no scenario ${at}`);
    const setting = settingOf(scenario, gate);
    const load = { ...scenario.load, rate };
    const key = (at * mostRates + scenario.rates.indexOf(rate)) * mostRollouts + number;
    const rolled = rollOut(setting, trafficOf(load, fleetSize, seed, key));
    const plain = thresholds(setting, trafficOf(load, fleetSize, seed, key), nominal);
    return {
      end: rolled.end === "held" ? whyHeld(rolled) : rolled.end,
      alarm: rolled.end === "failed" ? alarmAt(rolled.at, rolled, scenario) : undefined,
      plain: plain.map((failed) => (failed === undefined ? undefined : alarmAt(failed, nominal, scenario))),
    };
  };
}

function whyHeld({ detail }: Rollout): Outcome["end"] {
  return /are needed|no events/.test(detail) ? "few" : "close";
}

function settingOf({ assertions }: Scenario, { every, ...bakes }: Gate): Setting {
  return { ...bakes, assertions: assertions.map((policy) => ({ ...policy, every })) };
}

function alarmAt(at: number, { changes }: Rollout, { bad }: Scenario): Alarm {
  const since = changes.find(({ host }) => host === (bad ?? 0))?.since ?? Number.POSITIVE_INFINITY;
  return { delay: at - since - warmup, exposed: changes.filter((change) => change.since <= at).length };
}

/** The same gate where nothing ever happens: when hosts are changed, and how long it takes. */
function nominalFor(gate: Gate): Rollout {
  const [scenario] = allScenarios;
  if (scenario === undefined) throw new Error("there is no scenario");
  const rolled = rollOut({ ...settingOf(scenario, gate), longestBake: gate.bake }, ideal);
  if (rolled.end !== "passed") throw new Error(`a rollout without a fault is not passed: ${rolled.detail}`);
  return rolled;
}

/** A hundred good requests a second on each host. */
const ideal: Traffic = {
  restart: () => undefined,
  confirm: () => undefined,
  read: (_, at): Page => {
    const good = at / 10;
    return { good, bad: 0, buckets: [good, 0], edges: [50], connections: 16, isHealthy: true, restarts: 0 };
  },
};
