import { type Component, judgedAfter } from "./component.ts";
import type { Outcome } from "./error.ts";
import type { EndReason } from "./event.ts";
import type { Judgement } from "./judge.ts";
import { type Rejudged, rejudge } from "./rejudge.ts";
import type { Section } from "./section.ts";
import type { Verdict } from "./track.ts";
import { grouped } from "./words.ts";

/** What one assertion said in a stage, and what it says now. Undefined: it was not asserted then, or is not now. */
export type ReplayedAssertion = {
  readonly assertion: string;
  readonly before: Judgement | undefined;
  /** The first fail, where there is one: a rollout ends with it. Else the last. */
  readonly now: Judgement | undefined;
  /** ms since the epoch. */
  readonly failedAt: number | undefined;
};

export type ReplayedStage = { readonly section: Section; readonly assertions: readonly ReplayedAssertion[] };

/** What the rollout would have come to. Times in ms; `after` counts from the stage's start. */
export type ReplayEnd =
  | { readonly type: "passed" }
  | {
      readonly type: "failed";
      readonly stage: string;
      readonly at: number;
      readonly after: number;
      readonly judgement: Judgement;
    }
  /** A stage was baked to its end, and these had no verdict; `blind` says what the component does then. */
  | {
      readonly type: "held";
      readonly stage: string;
      readonly open: readonly ReplayedAssertion[];
      readonly blind: Component["onBlind"];
    }
  /** Nothing was recorded from here on, because of how the rollout itself went. */
  | { readonly type: "cut"; readonly stage: string; readonly reason: EndReason | undefined };

export type Replayed = { readonly stages: readonly ReplayedStage[]; readonly end: ReplayEnd };

/**
 * Judges a recorded rollout again under the component's assertions. `outcome` is how it ended then; undefined where its
 * journal has no end. A component's `gate` is not asked: what it would let through is what is to be seen.
 */
export function replay(component: Component, sections: readonly Section[], outcome: Outcome | undefined): Replayed {
  const judged = grouped([...rejudge(component, sections)], ({ section }) => String(sections.indexOf(section)));
  const stages = sections.map((section, index) => ({
    section,
    assertions: assertionsOf(component, section, judged.get(String(index)) ?? []),
  }));
  return { stages, end: endOf(component, stages, outcome) };
}

/** Would have passed, failed, or ended without a verdict: what was never decided is no pass. */
export function replayVerdict({ type }: ReplayEnd): Verdict {
  if (type === "passed") return "pass";
  return type === "failed" ? "fail" : "undecided";
}

function assertionsOf(
  component: Component,
  section: Section,
  judged: readonly Rejudged[],
): readonly ReplayedAssertion[] {
  const now = judgedAfter(component.assertions, section.cohorts).map(({ text }): ReplayedAssertion => {
    const own = judged.filter(({ policy }) => policy.text === text);
    const failed = own.find(({ judgement }) => judgement.verdict === "fail");
    const { judgement } = failed ?? own.at(-1) ?? { judgement: undefined };
    return { assertion: text, before: section.told.get(text), now: judgement, failedAt: failed?.measurement.at };
  });
  const asserted = new Set(component.assertions.map(({ text }) => text));
  const dropped = [...section.told.values()].filter(({ assertion }) => !asserted.has(assertion));
  const gone = dropped.map((one) => ({ assertion: one.assertion, before: one, now: undefined, failedAt: undefined }));
  return [...now, ...gone];
}

function endOf(component: Component, stages: readonly ReplayedStage[], outcome: Outcome | undefined): ReplayEnd {
  for (const stage of stages) {
    const end = failOf(stage) ?? blindOf(component, stage);
    if (end !== undefined) return end;
  }
  const last = stages.at(-1)?.section;
  return outcome === "done" ? { type: "passed" } : { type: "cut", stage: last?.stage ?? "", reason: last?.end?.reason };
}

function failOf({ section, assertions }: ReplayedStage): ReplayEnd | undefined {
  const failed = assertions.flatMap(({ now, failedAt }) =>
    now === undefined || failedAt === undefined || now.observeOnly ? [] : [{ at: failedAt, judgement: now }],
  );
  const [first] = failed.sort((left, right) => left.at - right.at);
  if (first === undefined) return undefined;
  return { type: "failed", stage: section.stage, after: Math.max(0, first.at - section.startedAt), ...first };
}

/** A stage whose bake was cut short is gone on with by the next run, or never ended: nothing can be said of its end. */
function blindOf(component: Component, stage: ReplayedStage): ReplayEnd | undefined {
  const { section } = stage;
  if (!section.baked || section.end === undefined || section.end.state === "failed") return undefined;
  if (section.end.state === "held" && section.end.reason !== "no-evidence") return undefined;
  const deciding = new Set(
    judgedAfter(component.assertions, section.cohorts)
      .filter(({ observeOnly }) => !observeOnly)
      .map(({ text }) => text),
  );
  const open = stage.assertions.filter(({ assertion, now }) => deciding.has(assertion) && now?.verdict !== "pass");
  if (open.length === 0) return undefined;
  return { type: "held", stage: section.stage, open, blind: component.onBlind };
}
