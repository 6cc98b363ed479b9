import type { Estimate, Gap } from "./estimate.ts";
import type { Condition, Metric, Term } from "./expression.ts";

/** What a metric of the condition is now. */
export type Lookup = (metric: Metric) => Estimate;

/**
 * What a condition says. Three values, by Kleene's strong logic: a part that is undecided leaves the whole undecided
 * unless the other part decides it alone. `gaps` of a decided outcome are hosts that should have been in it.
 */
export type Outcome =
  | { readonly type: "decided"; readonly holds: boolean; readonly gaps: readonly Gap[]; readonly newest: number }
  | { readonly type: "undecided"; readonly gaps: readonly Gap[] };

export function evaluate(condition: Condition, lookup: Lookup): Outcome {
  switch (condition.type) {
    case "compare":
      return compare(condition.op, termNow(condition.left, lookup), termNow(condition.right, lookup));
    case "and":
      return both(evaluate(condition.left, lookup), evaluate(condition.right, lookup));
    case "or":
      return negated(both(negated(evaluate(condition.left, lookup)), negated(evaluate(condition.right, lookup))));
    case "not":
      return negated(evaluate(condition.of, lookup));
  }
}

/** What a formula is now: missing as soon as one metric of it is, or when it is not finite. */
export function termNow(term: Term, lookup: Lookup): Estimate {
  switch (term.type) {
    case "number":
      return finite({ ...exact, value: term.value });
    case "metric":
      return lookup(term);
    case "negate":
      return combined([termNow(term.of, lookup)], ([value = 0]) => -value);
    case "arithmetic":
      return arithmetic(term.op, termNow(term.left, lookup), termNow(term.right, lookup));
    case "call":
      return combined(
        term.arguments.map((argument) => termNow(argument, lookup)),
        calls[term.name],
      );
  }
}

const calls: Readonly<Record<"min" | "max" | "abs", (values: readonly number[]) => number>> = {
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  abs: ([value = Number.NaN]) => Math.abs(value),
};

type Known = Extract<Estimate, { readonly type: "number" }>;

const exact: Known = {
  type: "number",
  value: 0,
  atLeast: false,
  events: undefined,
  gaps: [],
  newest: Number.NEGATIVE_INFINITY,
};

function arithmetic(op: "+" | "-" | "*" | "/", left: Estimate, right: Estimate): Estimate {
  switch (op) {
    case "+":
      return combined([left, right], ([a = 0, b = 0]) => a + b, true);
    case "-":
      return combined([left, right], ([a = 0, b = 0]) => a - b);
    case "*":
      return combined([left, right], ([a = 0, b = 0]) => a * b, isPositive(left) && isPositive(right));
    case "/":
      return combined([left, right], ([a = 0, b = 0]) => a / b);
  }
}

function isPositive(estimate: Estimate): boolean {
  return estimate.type === "number" && estimate.value > 0;
}

/** `rising`: a number that is at least so much stays one. Elsewhere such a number is none. */
function combined(parts: readonly Estimate[], join: (values: readonly number[]) => number, rising = false): Estimate {
  const known = parts.flatMap((part) => (part.type === "number" ? [part] : []));
  const gaps = parts.flatMap((part) => part.gaps);
  if (known.length < parts.length) return { type: "missing", gaps };
  const atLeast = known.some((part) => part.atLeast);
  if (atLeast && !rising) return { type: "missing", gaps: [...gaps, beyond] };
  const events = known.flatMap((part) => part.events ?? []);
  return finite({
    type: "number",
    value: join(known.map((part) => part.value)),
    atLeast,
    events: events.length === 0 ? undefined : Math.min(...events),
    gaps,
    newest: Math.max(...known.map((part) => part.newest)),
  });
}

const beyond: Gap = {
  cause: "non-finite",
  detail: "lies above the histogram's highest bucket, or counts hosts that fell silent",
  host: undefined,
};

function finite(estimate: Known): Estimate {
  if (Number.isFinite(estimate.value)) return estimate;
  const cause = Number.isNaN(estimate.value) ? "nan" : "non-finite";
  return {
    type: "missing",
    gaps: [...estimate.gaps, { cause, detail: "the formula has no finite value", host: undefined }],
  };
}

type Comparison = Extract<Condition, { readonly type: "compare" }>["op"];

function compare(op: Comparison, left: Estimate, right: Estimate): Outcome {
  const gaps = [...left.gaps, ...right.gaps];
  if (left.type === "missing" || right.type === "missing") return { type: "undecided", gaps };
  if (!isSettled(op, left, right)) return { type: "undecided", gaps: [...gaps, beyond] };
  const newest = Math.max(left.newest, right.newest);
  return { type: "decided", holds: holds(op, left.value, right.value), gaps, newest };
}

/** With a number that is only known to be at least so much, nothing is known until it has reached the other one. */
function isSettled(op: Comparison, left: Known, right: Known): boolean {
  if (left.atLeast && right.atLeast) return false;
  if (left.atLeast) return left.value > right.value || (left.value === right.value && (op === "<" || op === ">="));
  if (right.atLeast) return right.value > left.value || (right.value === left.value && (op === ">" || op === "<="));
  return true;
}

function holds(op: Comparison, left: number, right: number): boolean {
  switch (op) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "==":
      return same(left, right);
    case "!=":
      return !same(left, right);
  }
}

/** Equal up to what sums of doubles lose: 0.1 + 0.2 is 0.3. Zero is only itself. */
function same(left: number, right: number): boolean {
  return Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
}

function negated(outcome: Outcome): Outcome {
  return outcome.type === "decided" ? { ...outcome, holds: !outcome.holds } : outcome;
}

function both(left: Outcome, right: Outcome): Outcome {
  const against = [left, right].find((one) => one.type === "decided" && !one.holds);
  if (against !== undefined) return against;
  const gaps = [...left.gaps, ...right.gaps];
  if (left.type === "undecided" || right.type === "undecided") return { type: "undecided", gaps };
  return { type: "decided", holds: true, gaps, newest: Math.max(left.newest, right.newest) };
}
