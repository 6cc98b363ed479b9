import type { EndReason, Event } from "./event.ts";
import type { Judgement } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { type Measurement, measurementOf } from "./recording.ts";

/** A stretch of time in which assertions are judged as one: a stage of a rollout. Times in ms since the epoch. */
export type Section = {
  /** Which run of ship it belongs to: evidence does not go from one to the next. */
  readonly run: number;
  readonly stage: string;
  readonly index: number;
  /** Cohorts that had their turn by then, this one included. */
  readonly cohorts: ReadonlySet<string>;
  /** Hosts of the whole rollout. */
  readonly hosts: number;
  readonly startedAt: number;
  /** It came to its bake; without one it passes on health alone. */
  readonly baked: boolean;
  readonly measurements: readonly Measurement[];
  /** The last judgement of each assertion, as it was told then. */
  readonly told: ReadonlyMap<string, Judgement>;
  /** Undefined where nothing is known of its end: the run was stopped, or vanished. */
  readonly end: SectionEnd | undefined;
};

type SectionEnd = {
  readonly state: "passed" | "failed" | "held";
  readonly at: number;
  readonly reason: EndReason | undefined;
};

/** The stages of a rollout's journal in time, those of its continuations too. */
export function sectionsOf(events: readonly Event[]): readonly Section[] {
  let run = 0;
  let stages: Plan["stages"] = [];
  const sections: Section[] = [];
  for (const event of events) {
    if (event.type === "rollout.started") run += 1;
    else if (event.type === "plan.made") stages = event.plan.stages;
    else if (event.type === "stage.started") sections.push(begun(event, run, stages));
    else {
      const last = sections.pop();
      if (last !== undefined) sections.push(last.run === run ? followed(last, event) : last);
    }
  }
  return sections;
}

type Started = Extract<Event, { readonly type: "stage.started" }>;

function begun({ stage, index, time }: Started, run: number, stages: Plan["stages"]): Section {
  const cohorts = new Set(stages.slice(0, index + 1).map(({ cohort }) => cohort));
  const hosts = stages.reduce((sum, one) => sum + one.hosts.length, 0);
  const nothing = { baked: false, measurements: [], told: new Map(), end: undefined };
  return { run, stage, index, cohorts, hosts, startedAt: Date.parse(time), ...nothing };
}

function followed(section: Section, event: Event): Section {
  switch (event.type) {
    case "bake.started":
      return { ...section, baked: true };
    case "samples.read":
      return { ...section, measurements: [...section.measurements, measurementOf(event)] };
    case "assertion.judged":
      return { ...section, told: noted(section, [event.judgement]) };
    case "stage.passed":
    case "stage.failed":
    case "stage.held":
      return { ...section, told: noted(section, event.judgements), end: endOf(event) };
    default:
      return section;
  }
}

function noted({ told }: Section, judgements: readonly Judgement[]): Section["told"] {
  return new Map([...told, ...judgements.map((judgement) => [judgement.assertion, judgement] as const)]);
}

const states = { "stage.passed": "passed", "stage.failed": "failed", "stage.held": "held" } as const;

function endOf(event: Extract<Event, { readonly type: "stage.passed" | "stage.failed" | "stage.held" }>): SectionEnd {
  const reason = event.type === "stage.passed" ? undefined : event.reason;
  return { state: states[event.type], at: Date.parse(event.time), reason };
}
