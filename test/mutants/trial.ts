import { enumerate } from "../simulation/enumerate.ts";
import { play } from "../simulation/episode.ts";
import { scenarios } from "../simulation/kill-scenarios.ts";
import { scheduleOf } from "../simulation/schedule.ts";

/** What is tried on one build: a storm's seed, a range of them (`from..to`), or a scenario of the kill points. */
export type Found = { readonly tried: number; readonly by: string; readonly where: string };

/** The first violation that a list of trials finds, as a line of JSON; `null` when there is none. */
const found = await firstOf(process.argv.slice(2));
process.stdout.write(`${JSON.stringify(found ?? null)}\n`);

async function firstOf(trials: readonly string[]): Promise<Found | undefined> {
  let tried = 0;
  for (const trial of trials) {
    const range = /^(\d+)(?:\.\.(\d+))?$/.exec(trial);
    if (range === null) {
      const scenario = scenarios.find(({ name }) => name === trial);
      if (scenario === undefined) throw new Error(`no scenario ${trial}`);
      const { complaints, tried: worlds } = await enumerate(scenario, { isEnough: true });
      tried += worlds;
      if (complaints[0] !== undefined) return { tried, by: `I11 ${complaints[0]}`, where: trial };
      continue;
    }
    for (let seed = Number(range[1]); seed <= Number(range[2] ?? range[1]); seed += 1) {
      tried += 1;
      const { violation } = await play(scheduleOf(seed));
      if (violation !== undefined)
        return { tried, by: `${violation.invariant} ${violation.text}`, where: String(seed) };
    }
  }
  return undefined;
}
