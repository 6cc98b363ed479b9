import type { Difference } from "./compared.ts";
import type { AssertionPolicy } from "./component.ts";
import type { Counted } from "./counted.ts";
import type { Gap } from "./estimate.ts";
import type { Outcome } from "./evaluate.ts";
import { against, isExceeded, within } from "./sequential.ts";
import type { Question } from "./tally.ts";

/** The last readings of an assertion: `against` says of the last `of` of them whether they were against it. */
export type Readings = { readonly readings: number; readonly against: readonly boolean[] };

/** What readings say of an assertion, and by which method. */
export type Ruling = {
  readonly verdict: "pass" | "fail" | "undecided";
  readonly method: "threshold" | "sequential" | "ranks";
  /** Why it does not pass; nothing when it does. */
  readonly gaps: readonly Gap[];
  /** It passes, and that is sure enough to end a bake early. */
  readonly isSure: boolean;
  /** There is evidence against it, and not enough to fail it: the next readings decide. */
  readonly isContested: boolean;
  /** The chance that a healthy service ever looks as bad as this; undefined where no test was made. */
  readonly chance: number | undefined;
};

/** Evidence of 1 in 20: enough to wait for more of it, or to end a bake early. */
const notable = Math.log(20);

/** A threshold with `allow`: fail when more than `bad` of the last `of` readings are against it. */
export function byThreshold(readings: Readings, outcome: Outcome, policy: AssertionPolicy): Ruling {
  const bad = readings.against.filter((one) => one).length;
  const { allow } = policy;
  const contested = `against it now, which ${allow.bad} of ${allow.of} readings may be`;
  const gaps = gapsOf(readings, outcome, policy, contested);
  const verdict = bad > allow.bad ? "fail" : gaps.length === 0 ? "pass" : "undecided";
  const isContested = bad > 0;
  const isSure = verdict === "pass" && !isContested;
  return { method: "threshold", verdict, gaps, isContested, isSure, chance: undefined };
}

/**
 * The sequential test on all that was counted in this stage: fail when what speaks against the bound has used up `alpha`;
 * pass when it has not, and the estimate keeps the bound.
 */
export function byTest(
  readings: Readings,
  outcome: Outcome,
  policy: AssertionPolicy,
  {
    question: { bound },
    counted,
    alpha,
  }: { readonly question: Question; readonly counted: Counted; readonly alpha: number },
): Ruling {
  const enough = readings.readings >= policy.minReadings;
  const evidence = against(bound, counted.batches);
  const failed = enough && isExceeded(bound, counted.batches, alpha, evidence);
  const isSuspected = evidence >= notable;
  const missing = gapsOf(readings, outcome, policy, "the estimate is beyond the limit");
  const gaps = missing.length === 0 && isSuspected ? [suspected] : missing;
  const passed = !failed && gaps.length === 0;
  return {
    verdict: failed ? "fail" : passed ? "pass" : "undecided",
    method: "sequential",
    gaps,
    isSure: passed && within(bound, counted.batches) >= notable,
    isContested: isSuspected || (outcome.type === "decided" && !outcome.holds),
    chance: Math.min(1, Math.exp(-evidence)),
  };
}

const suspected = few("there is strong evidence against it, and not enough of it yet");

/** The rank test on readings of hosts on both sides; undefined while there are none. */
export function byRanks(
  readings: Readings,
  outcome: Outcome,
  policy: AssertionPolicy,
  difference: Difference | undefined,
): Ruling {
  const failed = difference?.isWorse === true && readings.readings >= policy.minReadings;
  const unknown = difference === undefined ? [few("no readings on both sides yet")] : [];
  const gaps = [...gapsOf(readings, outcome, policy, "the difference is beyond the tolerance"), ...unknown];
  const passed = !failed && gaps.length === 0;
  return {
    verdict: failed ? "fail" : passed ? "pass" : "undecided",
    method: "ranks",
    gaps,
    isSure: passed && difference?.isSure === true,
    isContested: outcome.type === "decided" && !outcome.holds,
    chance: difference?.chance,
  };
}

function gapsOf({ readings }: Readings, outcome: Outcome, policy: AssertionPolicy, contested: string): readonly Gap[] {
  const { minReadings } = policy;
  if (outcome.type === "undecided") return outcome.gaps;
  if (!outcome.holds) return [few(contested)];
  if (outcome.gaps.length > 0) return outcome.gaps;
  return readings < minReadings ? [few(`${readings} of the ${minReadings} readings that are needed`)] : [];
}

/** Too little of something to decide. */
export function few(detail: string): Gap {
  return { cause: "too-few", detail, host: undefined };
}
