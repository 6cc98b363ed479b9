/** Whose number: the changed hosts together, each changed host alone, the hosts not changed yet, or all. */
export type Scope = "changed" | "each" | "baseline" | "fleet";

export type Term =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "metric"; readonly scope: Scope; readonly name: string }
  | { readonly type: "negate"; readonly of: Term }
  | { readonly type: "arithmetic"; readonly op: "+" | "-" | "*" | "/"; readonly left: Term; readonly right: Term }
  | { readonly type: "call"; readonly name: "min" | "max" | "abs"; readonly arguments: readonly Term[] };

export type Condition =
  | {
      readonly type: "compare";
      readonly op: "<" | "<=" | ">" | ">=" | "==" | "!=";
      readonly left: Term;
      readonly right: Term;
    }
  | { readonly type: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly type: "not"; readonly of: Condition };

export type Metric = Extract<Term, { readonly type: "metric" }>;

/** Metrics of a condition in order of appearance, each once for each scope. */
export function metricsOf(condition: Condition): readonly Metric[] {
  const found = new Map(inCondition(condition).map((metric) => [spelled(metric), metric]));
  return [...found.values()];
}

/** `each.healthy`; a metric of the changed hosts together has no prefix. */
export function spelled(metric: Metric): string {
  return metric.scope === "changed" ? metric.name : `${metric.scope}.${metric.name}`;
}

/** The condition with other names for its metrics. */
export function renamed(condition: Condition, name: (metric: string) => string): Condition {
  switch (condition.type) {
    case "compare":
      return { ...condition, left: inOther(condition.left, name), right: inOther(condition.right, name) };
    case "not":
      return { ...condition, of: renamed(condition.of, name) };
    default:
      return { ...condition, left: renamed(condition.left, name), right: renamed(condition.right, name) };
  }
}

function inOther(term: Term, name: (metric: string) => string): Term {
  switch (term.type) {
    case "number":
      return term;
    case "metric":
      return { ...term, name: name(term.name) };
    case "negate":
      return { ...term, of: inOther(term.of, name) };
    case "arithmetic":
      return { ...term, left: inOther(term.left, name), right: inOther(term.right, name) };
    case "call":
      return { ...term, arguments: term.arguments.map((one) => inOther(one, name)) };
  }
}

/** A condition of the form `metric op formula`, so turned that the metric stands at the left. */
export type SimpleForm = { readonly metric: Metric; readonly limit: Term };

/** The one number and what it is held against; undefined for conditions of another form. */
export function simpleForm(condition: Condition): SimpleForm | undefined {
  if (condition.type !== "compare") return undefined;
  const { left, right } = condition;
  if (left.type === "metric") return { metric: left, limit: right };
  return right.type === "metric" ? { metric: right, limit: left } : undefined;
}

function inCondition(condition: Condition): readonly Metric[] {
  switch (condition.type) {
    case "compare":
      return [...inTerm(condition.left), ...inTerm(condition.right)];
    case "not":
      return inCondition(condition.of);
    default:
      return [...inCondition(condition.left), ...inCondition(condition.right)];
  }
}

function inTerm(term: Term): readonly Metric[] {
  switch (term.type) {
    case "number":
      return [];
    case "metric":
      return [term];
    case "negate":
      return inTerm(term.of);
    case "arithmetic":
      return [...inTerm(term.left), ...inTerm(term.right)];
    case "call":
      return term.arguments.flatMap(inTerm);
  }
}
