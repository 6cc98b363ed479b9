import type { Condition, Metric, Scope, Term } from "./expression.ts";
import type { Measure } from "./sample.ts";

/**
 * A condition on a ratio or a quantile that can be judged on counts: the metric is held against `factor` times its own
 * baseline and `plus`. `worse`: whether more or less of it is worse. With a factor of 0 the limit is the number `plus`.
 */
export type CountedForm = {
  readonly metric: string;
  readonly scope: Exclude<Scope, "baseline">;
  readonly shape: Extract<Measure["shape"], { readonly type: "ratio" | "quantile" }>;
  readonly worse: "more" | "less";
  readonly factor: number;
  readonly plus: number;
};

const worse = { "<": "more", "<=": "more", ">": "less", ">=": "less" } as const;
const turned = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

/** The form, where the condition has it; else it is judged as a threshold. */
export function countedForm(condition: Condition, measures: ReadonlyMap<string, Measure>): CountedForm | undefined {
  if (condition.type !== "compare" || condition.op === "==" || condition.op === "!=") return undefined;
  const { op, left, right } = condition;
  if (isSubject(left)) return formed(left, worse[op], right, measures);
  return isSubject(right) ? formed(right, worse[turned[op]], left, measures) : undefined;
}

type Subject = Metric & { readonly scope: CountedForm["scope"] };

function isSubject(term: Term): term is Subject {
  return term.type === "metric" && term.scope !== "baseline";
}

function formed(
  { name, scope }: Subject,
  worse: CountedForm["worse"],
  limit: Term,
  measures: ReadonlyMap<string, Measure>,
): CountedForm | undefined {
  const shape = measures.get(name)?.shape;
  const line = lineOf(limit, name);
  if (line === undefined || (shape?.type !== "ratio" && shape?.type !== "quantile")) return undefined;
  const form = { metric: name, scope, shape, worse, ...line };
  return isTestable(form) ? form : undefined;
}

/** A rate can neither be tested against 0 or 1, nor against a limit that falls when the baseline rises. */
function isTestable({ shape, worse, factor, plus }: CountedForm): boolean {
  if (factor === 0) return shape.type === "quantile" ? plus > 0 : plus > 0 && plus < 1;
  if (factor < 0) return false;
  if (shape.type === "quantile") return worse === "more";
  return worse === "more" ? plus >= 0 : factor + plus <= 1;
}

/** `factor` times the baseline's own number, and `plus`. */
type Line = { readonly factor: number; readonly plus: number };

/** The limit as a line over `baseline.name`; undefined for what is none. */
function lineOf(term: Term, name: string): Line | undefined {
  switch (term.type) {
    case "number":
      return { factor: 0, plus: term.value };
    case "metric":
      return term.scope === "baseline" && term.name === name ? { factor: 1, plus: 0 } : undefined;
    case "negate":
      return scaled(lineOf(term.of, name), -1);
    case "arithmetic":
      return joined(term.op, lineOf(term.left, name), lineOf(term.right, name));
    case "call":
      return undefined;
  }
}

function joined(op: "+" | "-" | "*" | "/", left: Line | undefined, right: Line | undefined): Line | undefined {
  if (left === undefined || right === undefined) return undefined;
  switch (op) {
    case "+":
      return { factor: left.factor + right.factor, plus: left.plus + right.plus };
    case "-":
      return { factor: left.factor - right.factor, plus: left.plus - right.plus };
    case "*":
      return left.factor === 0 ? scaled(right, left.plus) : right.factor === 0 ? scaled(left, right.plus) : undefined;
    case "/":
      return right.factor === 0 && right.plus !== 0 ? scaled(left, 1 / right.plus) : undefined;
  }
}

function scaled(line: Line | undefined, by: number): Line | undefined {
  return line === undefined ? undefined : { factor: line.factor * by, plus: line.plus * by };
}
