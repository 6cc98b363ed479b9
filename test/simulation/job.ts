import type { Site } from "./machine.ts";
import { cancel, type Timer } from "./time.ts";

/** Something that takes its time on the host. `code` is undefined while it runs; `isDead`: it was cut off. */
export type Job = {
  code: number | undefined;
  isDead: boolean;
  timer: Timer | undefined;
  readonly waiting: (() => void)[];
};

export function beginJob(): Job {
  return { code: undefined, isDead: false, timer: undefined, waiting: [] };
}

export function isRunning(job: Job): boolean {
  return job.code === undefined && !job.isDead;
}

export function endAfter(site: Site, job: Job, ms: number, end: () => number): void {
  job.timer = site.time.after(ms, () => {
    job.code = end();
    for (const wake of job.waiting.splice(0)) wake();
  });
}

export function cut(job: Job): void {
  if (!isRunning(job)) return;
  job.isDead = true;
  cancel(job.timer);
  for (const wake of job.waiting.splice(0)) wake();
}

/** An answer waits for a job's end, for eight seconds at most. */
export function awaitJob(site: Site, job: Job, then: () => void): void {
  if (!isRunning(job)) {
    then();
    return;
  }
  let isAnswered = false;
  const wake = () => {
    if (isAnswered) return;
    isAnswered = true;
    cancel(late);
    then();
  };
  const late = site.time.after(8_000, wake);
  job.waiting.push(wake);
}
