import type { Event } from "../core/event.ts";
import type { Judgement } from "../core/judge.ts";
import type { StagePlan } from "../core/plan.ts";
import type { EventOf } from "./reporter.ts";

/** How many readings of an assertion are kept for its sparkline. */
const READINGS = 60;

/**
 * An assertion in one stage: its last judgement, since when it says so (ms since the epoch), and its readings, oldest first.
 */
export type Readings = { judgement: Judgement; since: number; readonly values: (number | undefined)[] };

export type StageProgress = {
  readonly name: string;
  state: "waiting" | "changing" | "baking" | "passed" | "failed" | "held";
  hosts: ReadonlySet<string>;
  readonly changed: Set<string>;
  readonly bad: Set<string>;
  readonly readings: Map<string, Readings>;
  bake: { readonly duration: number; readonly until: number } | undefined;
  /** How far its bytes are, as it was told last. */
  bytes: EventOf<"bytes.sent"> | undefined;
  /** ms since the epoch. */
  started: number | undefined;
  ended: number | undefined;
};

export type RollbackProgress = { readonly hosts: number; readonly back: Set<string>; readonly bad: Set<string> };

/** What the live views know of a rollout. Written by `follow` alone, so that it is a function of the events. */
export type Progress = {
  readonly stages: Map<string, StageProgress>;
  current: StageProgress | undefined;
  rollback: RollbackProgress | undefined;
  /** The last host that failed, and with what, or the last warning; host-born, raw. */
  trouble: string | undefined;
  /** Why it stands still, and what sets it going again; undefined while it goes on. Words of people, raw. */
  standing: string | undefined;
  /** Stage of each host, and what it ran before. */
  readonly stageOf: Map<string, string>;
  readonly from: Map<string, string>;
  /** When the work on a host began, ms since the epoch. */
  readonly since: Map<string, number>;
};

export function progress(): Progress {
  return {
    stages: new Map(),
    current: undefined,
    rollback: undefined,
    trouble: undefined,
    standing: undefined,
    stageOf: new Map(),
    from: new Map(),
    since: new Map(),
  };
}

export function follow(seen: Progress, event: Event): void {
  if (event.type.startsWith("host.")) followHost(seen, event);
  else followStage(seen, event);
}

function followHost(seen: Progress, event: Event): void {
  switch (event.type) {
    case "host.armed":
    case "host.drained":
    case "host.switched":
      if (!seen.since.has(event.host)) seen.since.set(event.host, Date.parse(event.time));
      return;
    case "host.confirmed":
      settled(seen, event.host, "changed");
      return;
    case "host.failed":
      seen.trouble = `${event.host}: ${event.operation}, ${event.detail === "" ? event.cause : event.detail}`;
      settled(seen, event.host, "bad");
      return;
    case "host.lost":
      seen.trouble = `${event.host}: ${event.operation}, no answer: ${event.reason}`;
      settled(seen, event.host, "bad");
      return;
    case "host.reverted":
      seen.rollback?.bad.delete(event.host);
      seen.rollback?.back.add(event.host);
      return;
    default:
      return;
  }
}

function settled(seen: Progress, host: string, as: "changed" | "bad"): void {
  if (seen.rollback !== undefined) {
    if (as === "bad") seen.rollback.bad.add(host);
    return;
  }
  const stage = seen.stages.get(seen.stageOf.get(host) ?? "");
  stage?.[as === "bad" ? "changed" : "bad"].delete(host);
  stage?.[as].add(host);
}

function followStage(seen: Progress, event: Event): void {
  switch (event.type) {
    case "plan.made":
      planned(seen, event);
      return;
    case "stage.started":
      begun(seen, event);
      return;
    case "bake.started":
      baking(seen, event);
      return;
    case "bytes.sent": {
      const stage = seen.stages.get(event.stage);
      if (stage !== undefined) stage.bytes = event;
      return;
    }
    case "assertion.judged":
      judged(seen, event);
      return;
    case "stage.passed":
    case "stage.failed":
    case "stage.held":
      ended(seen, event);
      return;
    case "warned":
      seen.trouble = event.text;
      return;
    case "rollout.paused":
      seen.standing = `paused by ${event.by}${event.why === "" ? "" : `: ${event.why}`} (ship resume)`;
      return;
    case "approval.awaited":
      seen.standing = "waits for somebody to approve it (ship approve --reason TEXT)";
      return;
    case "rollout.resumed":
    case "stage.approved":
      seen.standing = undefined;
      return;
    case "rollback.started":
      seen.standing = undefined;
      seen.rollback = { hosts: event.hosts.length, back: new Set(), bad: new Set() };
      seen.since.clear();
      seen.trouble = undefined;
      return;
    default:
      return;
  }
}

function planned(seen: Progress, { plan }: EventOf<"plan.made">): void {
  for (const stage of plan.stages) {
    for (const host of stage.hosts) {
      seen.from.set(host.host, host.from);
      seen.stageOf.set(host.host, stage.name);
    }
    if (isWork(stage)) seen.stages.set(stage.name, stageOf(stage.name, workOf(stage)));
  }
}

/** Has the stage a host to change or to watch? */
export function isWork(stage: StagePlan): boolean {
  return workOf(stage).length > 0;
}

function workOf(stage: StagePlan): readonly string[] {
  return stage.hosts.filter(({ action }) => action === "change" || action === "bake").map(({ host }) => host);
}

function stageOf(name: string, hosts: readonly string[]): StageProgress {
  const rest = { bake: undefined, bytes: undefined, started: undefined, ended: undefined };
  const sets = { changed: new Set<string>(), bad: new Set<string>(), readings: new Map<string, Readings>() };
  return { name, state: "waiting", hosts: new Set(hosts), ...sets, ...rest };
}

function begun(seen: Progress, event: EventOf<"stage.started">): void {
  const stage = seen.stages.get(event.stage) ?? stageOf(event.stage, event.hosts);
  seen.stages.set(event.stage, stage);
  for (const host of event.hosts) seen.stageOf.set(host, event.stage);
  stage.hosts = new Set(event.hosts);
  stage.state = "changing";
  stage.started ??= Date.parse(event.time);
  seen.current = stage;
}

function baking(seen: Progress, event: EventOf<"bake.started">): void {
  const stage = seen.stages.get(event.stage);
  if (stage === undefined) return;
  stage.state = "baking";
  stage.bake = { duration: event.duration, until: event.until };
}

function judged(seen: Progress, event: EventOf<"assertion.judged">): void {
  const stage = event.stage === undefined ? seen.current : seen.stages.get(event.stage);
  if (stage === undefined) return;
  note(stage.readings, event.judgement, Date.parse(event.time));
}

/** Adds a reading that was judged at `at` (ms since the epoch). */
export function note(readings: Map<string, Readings>, judgement: Judgement, at: number): void {
  const value = judgement.value ?? judgement.values[0]?.value;
  const known = readings.get(judgement.assertion);
  if (known === undefined) {
    readings.set(judgement.assertion, { judgement, since: at, values: [value] });
    return;
  }
  settle(known, judgement, at);
  known.values.push(value);
  if (known.values.length > READINGS) known.values.shift();
}

function settle(known: Readings, judgement: Judgement, at: number): void {
  if (known.judgement.verdict !== judgement.verdict) known.since = at;
  known.judgement = judgement;
}

function ended(seen: Progress, event: EventOf<"stage.passed" | "stage.failed" | "stage.held">): void {
  const stage = seen.stages.get(event.stage);
  if (stage === undefined) return;
  stage.state = event.type === "stage.passed" ? "passed" : event.type === "stage.failed" ? "failed" : "held";
  stage.ended = Date.parse(event.time);
  for (const judgement of event.judgements) {
    const known = stage.readings.get(judgement.assertion);
    if (known === undefined) note(stage.readings, judgement, stage.ended);
    else settle(known, judgement, stage.ended);
  }
}
