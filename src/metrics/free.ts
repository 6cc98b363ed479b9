import type { Component } from "../core/component.ts";
import type { Answer, Look, Process } from "../core/host.ts";
import type { Reading } from "../core/sample.ts";
import { failed, unanswered } from "./missing.ts";

type Named = { readonly metric: string; readonly reading: Reading; readonly origin: string; readonly start?: number };

/** The one look that all free metrics of a host are read from. */
export function freeLook({ healthy, process }: Component): Look {
  return healthy === undefined ? { type: "processes", process } : { type: "check", check: healthy, process };
}

/** `healthy`, where a check is configured, `restarts`, `rss` and `cpu`. A host that did not answer is not unhealthy: it is missing. */
export function freeReadings({ healthy }: Component, answer: Answer): readonly Named[] {
  const readings: Readonly<Record<string, Reading>> = {
    ...(healthy === undefined ? {} : { healthy: healthOf(answer) }),
    restarts: ofProcess(answer, identityOf),
    rss: ofProcess(answer, ({ rss }) => ({ type: "gauge", value: rss })),
    cpu: ofProcess(answer, ({ cpu }) => ({ type: "counters", series: { value: cpu } })),
  };
  const start = startOf(answer);
  return Object.entries(readings).map(([metric, reading]) => ({ metric, reading, origin: "the host", ...start }));
}

function startOf(answer: Answer): { readonly start?: number } {
  if (answer.type !== "health" && answer.type !== "processes") return {};
  return answer.process === undefined ? {} : { start: answer.process.startedAt };
}

function healthOf(answer: Answer): Reading {
  return answer.type === "health" ? { type: "gauge", value: answer.healthy ? 1 : 0 } : unanswered(answer);
}

function ofProcess(answer: Answer, read: (process: Process) => Reading): Reading {
  if (answer.type !== "health" && answer.type !== "processes") return unanswered(answer);
  return answer.process === undefined ? failed("no process of the service was found", "no-data") : read(answer.process);
}

function identityOf({ identity, restarts }: Process): Reading {
  return { type: "identity", identity, count: restarts };
}
