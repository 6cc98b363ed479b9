import type { Component } from "./component.ts";
import type { Measurement } from "./recording.ts";
import type { Sample } from "./sample.ts";
import type { Section } from "./section.ts";
import { grouped } from "./words.ts";

/** What was measured outside of rollouts. `from` (ms since the epoch) is when the first hour begins; `step` in ms. */
export type Watch = {
  readonly run: number;
  readonly hosts: readonly string[];
  readonly from: number;
  readonly step: number;
};

const hourMs = 3_600_000;

/** Samples as stages of an hour each, whose hosts all have the change for ever: so each hour is judged as a rollout would. */
export function hoursOf(component: Component, samples: readonly Sample[], watch: Watch): readonly Section[] {
  const { run, hosts, from } = watch;
  const measurements = measurementsOf(samples, watch);
  const hours = grouped(measurements, ({ at }) => String(Math.floor((at - from) / hourMs)));
  const cohorts = new Set(component.stages.map(({ cohort }) => cohort));
  const nothing = { stage: "", index: 0, baked: true, told: new Map(), end: undefined };
  return [...hours].map(([hour, own]) => {
    const startedAt = from + Number(hour) * hourMs;
    return { run, cohorts, hosts: hosts.length, startedAt, measurements: own, ...nothing };
  });
}

function measurementsOf(samples: readonly Sample[], { hosts, step }: Watch): readonly Measurement[] {
  const changed = { since: new Map(hosts.map((host) => [host, 0])), warmup: 0 };
  const moments = [...grouped(samples, ({ at }) => String(at))];
  const measured = moments.map(([at, own]): Measurement => {
    return { stage: "", index: 0, bake: hourMs, at: Number(at), every: step, changed, unchanged: [], samples: own };
  });
  return measured.sort((left, right) => left.at - right.at);
}
