import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { play } from "./episode.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { brokenText, emptyTally, joined, missing, summaryText, type Tally, tallied } from "./tally.ts";

/**
 * Plays seeded schedules and looks whether what ship promises holds after every event.
 *
 *     npm run storm -- --schedules 10000 [--from 1] [--workers 2] [--stop] [--json FILE]
 *     npm run storm -- --seed 42
 *     npm run storm -- --replay '{…}'
 */
const options = {
  schedules: { type: "string", default: "1000" },
  from: { type: "string", default: "1" },
  workers: { type: "string", default: "2" },
  seed: { type: "string" },
  replay: { type: "string" },
  json: { type: "string" },
  stop: { type: "boolean", default: false },
} as const;

/** Seeds that a worker takes at a time: each one compiles and warms up anew, which with a hundred seeds was a third of all. */
const batch = 500;

if (isMainThread) process.exitCode = await main();
else parentPort?.postMessage(await tallyOf(workerData.from, workerData.count));

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.replay !== undefined) return showOne(JSON.parse(values.replay));
  if (values.seed !== undefined) return showOne(scheduleOf(Number(values.seed)));
  const count = Number(values.schedules);
  const started = performance.now();
  const tally = await inWorkers(Number(values.from), count, { workers: Number(values.workers), stop: values.stop });
  const seconds = (performance.now() - started) / 1000;
  console.log(summaryText(tally, seconds));
  const first = tally.broken[0];
  if (first !== undefined) await showBroken(scheduleOf(first.seed));
  const never = tally.schedules >= 5_000 ? missing(tally) : [];
  if (never.length > 0) console.log(`never injected: ${never.join(", ")}`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(summary(tally, seconds), undefined, 2)}\n`);
  return tally.broken.length > 0 || never.length > 0 ? 1 : 0;
}

function summary(tally: Tally, seconds: number): object {
  const { schedules, events, ...rest } = tally;
  return { schedules, events, violations: tally.broken.length, "schedules/s": schedules / seconds, ...rest };
}

type How = { readonly workers: number; readonly stop: boolean };

async function inWorkers(from: number, count: number, { workers, stop }: How): Promise<Tally> {
  let next = from;
  let tally = emptyTally;
  const end = from + count;
  const work = async () => {
    while (next < end && !(stop && tally.broken.length > 0)) {
      const mine = next;
      next += batch;
      const part = await inWorker(mine, Math.min(batch, end - mine));
      for (const one of part.broken) console.log(brokenText(one));
      tally = joined(tally, part);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, workers) }, work));
  return tally;
}

function inWorker(from: number, count: number): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { from, count } });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function tallyOf(from: number, count: number): Promise<Tally> {
  let tally = emptyTally;
  for (let seed = from; seed < from + count; seed += 1) tally = tallied(tally, seed, await play(scheduleOf(seed)));
  return tally;
}

async function showOne(schedule: Schedule): Promise<number> {
  const episode = await play(schedule);
  console.log(JSON.stringify(schedule));
  console.log(episode.transcript.join("\n"));
  console.log(`${episode.events} events, hash ${episode.hash}; ${episode.outcomes.join(", ")}`);
  return episode.violation === undefined ? 0 : 1;
}

/** The smallest schedule that still breaks the promise, and its last events. */
async function showBroken(schedule: Schedule): Promise<void> {
  const small = await shrink(schedule);
  const { violation, transcript } = await play(small);
  console.log(`\n${violation?.invariant}: ${violation?.text}`);
  console.log(`seed ${schedule.seed}: npm run storm -- --seed ${schedule.seed}`);
  console.log(`shrunk: npm run storm -- --replay '${JSON.stringify(small)}'\n`);
  console.log(transcript.slice(-80).join("\n"));
}
