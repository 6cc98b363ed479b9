import { enumerate, type Scenario } from "../simulation/enumerate.ts";
import { play } from "../simulation/episode.ts";
import type { Violation } from "../simulation/invariants.ts";
import { scenarios } from "../simulation/kill-scenarios.ts";
import { type Schedule, scheduleOf } from "../simulation/schedule.ts";
import { drills, outcomes } from "./drills.ts";

/** What is tried on one build: storms by their seeds, a drill, or a scenario of the kill points. */
export type Found = { readonly tried: number; readonly by: string; readonly where: string };

/** The first violation that a list of trials finds, as a line of JSON; `null` when there is none. */
const found = await firstOf(process.argv.slice(2));
process.stdout.write(`${JSON.stringify(found ?? null)}\n`);

async function firstOf(trials: readonly string[]): Promise<Found | undefined> {
  let tried = 0;
  for (const trial of trials) {
    const found = await (scenarioOf(trial) === undefined ? stormed(trial) : killed(trial));
    if (found.by !== "") return { ...found, tried: tried + found.tried };
    tried += found.tried;
  }
  return undefined;
}

function scenarioOf(trial: string): Scenario | undefined {
  return scenarios.find(({ name }) => name === trial);
}

async function killed(trial: string): Promise<Found> {
  const scenario = scenarioOf(trial);
  if (scenario === undefined) throw new Error(`no scenario ${trial}`);
  const { complaints, tried } = await enumerate(scenario, { isEnough: true });
  const [first] = complaints;
  return { tried, by: first === undefined ? "" : `I11 ${first}`, where: trial };
}

async function stormed(trial: string): Promise<Found> {
  let tried = 0;
  for (const schedule of schedulesOf(trial)) {
    tried += 1;
    const { violation: broken, outcomes: ends } = await play(schedule);
    const [name = "", number = String(tried)] = trial.split("#");
    const violation = broken ?? misled(outcomes.get(name), ends);
    if (violation === undefined) continue;
    const where = drills.has(name) ? `${name}#${number}` : String(schedule.seed);
    return { tried, by: `${violation.invariant} ${violation.text}`, where };
  }
  return { tried, by: "", where: "" };
}

function misled(expected: readonly string[] | undefined, ends: readonly string[]): Violation | undefined {
  const at = expected?.findIndex((outcome, index) => outcome !== ends[index]) ?? -1;
  return at < 0
    ? undefined
    : { invariant: "outcome", text: `command ${at + 1} ends ${ends[at]}, and not ${expected?.[at]}` };
}

/** A drill, one schedule of it (`name#3`), a seed, or seeds (`1..40`). */
function* schedulesOf(trial: string): Iterable<Schedule> {
  const [name = "", number] = trial.split("#");
  const drill = drills.get(name);
  if (drill !== undefined) {
    yield* number === undefined ? drill : drill.slice(Number(number) - 1, Number(number));
    return;
  }
  const [from = 0, to = from] = trial.split("..").map(Number);
  for (let seed = from; seed <= to; seed += 1) yield scheduleOf(seed);
}
