import type { AssertionPolicy, Component } from "./component.ts";
import type { Condition } from "./expression.ts";
import type { Judgement } from "./judge.ts";
import { rejudge } from "./rejudge.ts";
import type { Section } from "./section.ts";
import type { Verdict } from "./track.ts";

/** What one assertion would have said of the past, by hours: the first one is 0. */
export type PastAssertion = {
  readonly policy: AssertionPolicy;
  /** Hours with a fail at least once: a rollout would have been rolled back. */
  readonly failed: ReadonlySet<number>;
  /** Hours with a verdict, these included. */
  readonly judged: ReadonlySet<number>;
  readonly tightest: Tightest | undefined;
  /** Why it was undecided when it was last. */
  readonly causes: Judgement["causes"];
};

/** The number that came nearest to its limit, or went furthest beyond, and when (ms since the epoch). */
export type Tightest = {
  readonly at: number;
  readonly value: number;
  readonly limit: number;
  readonly hosts: readonly string[];
  /** How far it was on the good side of its limit, as a share of the limit; below zero beyond it. */
  readonly room: number;
};

const hourMs = 3_600_000;

/** Judges what was measured with today's assertions; hours count from `from` (ms since the epoch). */
export function judgePast(component: Component, sections: readonly Section[], from: number): readonly PastAssertion[] {
  const past = new Map<string, PastAssertion>();
  for (const { policy, judgement, measurement } of rejudge(component, sections)) {
    const known = past.get(policy.text) ?? unseen(policy);
    past.set(policy.text, noted(known, judgement, { at: measurement.at, from }));
  }
  return component.assertions.map((policy) => past.get(policy.text) ?? unseen(policy));
}

/** Two looks at the past, of the same assertions, as one. */
export function together(left: readonly PastAssertion[], right: readonly PastAssertion[]): readonly PastAssertion[] {
  const others = new Map(right.map((one) => [one.policy.text, one]));
  return left.map((one) => {
    const other = others.get(one.policy.text);
    return other === undefined ? one : joined(one, other);
  });
}

/** Hours in which an assertion that decides would have failed. */
export function failedHours(past: readonly PastAssertion[]): ReadonlySet<number> {
  return new Set(past.flatMap(({ policy, failed }) => (policy.observeOnly ? [] : [...failed])));
}

export function judgedHours(past: readonly PastAssertion[]): ReadonlySet<number> {
  return new Set(past.flatMap(({ judged }) => [...judged]));
}

/** Fail: in some hour one that decides would have failed. Undecided: one of them never had a verdict. */
export function pastVerdict(past: readonly PastAssertion[]): Verdict {
  const deciding = past.filter(({ policy }) => !policy.observeOnly);
  if (failedHours(past).size > 0) return "fail";
  return deciding.length > 0 && deciding.every(({ judged }) => judged.size > 0) ? "pass" : "undecided";
}

function unseen(policy: AssertionPolicy): PastAssertion {
  return { policy, failed: new Set(), judged: new Set(), tightest: undefined, causes: [] };
}

type When = { readonly at: number; readonly from: number };

function noted(past: PastAssertion, judgement: Judgement, { at, from }: When): PastAssertion {
  if (judgement.verdict === "undecided") return { ...past, causes: judgement.causes };
  const hour = Math.floor((at - from) / hourMs);
  const failed = judgement.verdict === "fail" ? new Set([...past.failed, hour]) : past.failed;
  const judged = past.judged.has(hour) ? past.judged : new Set([...past.judged, hour]);
  const tightest = tighter(past.tightest, tightestOf(past.policy, judgement, at));
  return { ...past, failed, judged, tightest };
}

function joined(left: PastAssertion, right: PastAssertion): PastAssertion {
  return {
    policy: left.policy,
    failed: new Set([...left.failed, ...right.failed]),
    judged: new Set([...left.judged, ...right.judged]),
    tightest: tighter(left.tightest, right.tightest),
    causes: left.judged.size > 0 || right.causes.length === 0 ? left.causes : right.causes,
  };
}

function tightestOf({ condition }: AssertionPolicy, judgement: Judgement, at: number): Tightest | undefined {
  const { value, limit, hosts } = judgement;
  if (condition.type !== "compare" || value === undefined || limit === undefined) return undefined;
  return { at, value, limit, hosts, room: roomOf(condition, value, limit) };
}

/** The first of equals. */
function tighter(before: Tightest | undefined, now: Tightest | undefined): Tightest | undefined {
  if (before === undefined || now === undefined) return before ?? now;
  return now.room < before.room ? now : before;
}

type Comparison = Extract<Condition, { readonly type: "compare" }>;

function roomOf(condition: Comparison, value: number, limit: number): number {
  const above = (value - limit) / (limit === 0 ? 1 : Math.abs(limit));
  switch (wantedIn(condition)) {
    case "<":
    case "<=":
      return -above;
    case ">":
    case ">=":
      return above;
    case "==":
      return -Math.abs(above);
    case "!=":
      return Math.abs(above);
  }
}

const turned = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=" } as const;

/** What a healthy number is to its limit, with the metric at the left. */
function wantedIn({ left, op }: Comparison): Comparison["op"] {
  return left.type === "metric" ? op : turned[op];
}
