import type { Condition, Metric, Term } from "../core/expression.ts";

/**
 * A part of a PromQL expression: a scalar, one number of all hosts together (no labels), or one for each (`instance`). Or
 * the reason why there is none.
 */
export type Written =
  | { readonly text: string; readonly kind: "number" | "together" | "each" }
  | { readonly reason: string };

type Known = Exclude<Written, { readonly reason: string }>;

type Op = Extract<Condition, { readonly type: "compare" }>["op"];

const opposite: Readonly<Record<Op, Op>> = { "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==" };

/** An expression that has series as long as the condition does not hold; `read` writes a metric. */
export function violated(condition: Condition, read: (metric: Metric) => Written): Written {
  return said(condition, false, read);
}

/** By De Morgan, a negation is brought down to the comparisons: PromQL has none of its own. */
function said(condition: Condition, holds: boolean, read: (metric: Metric) => Written): Written {
  switch (condition.type) {
    case "compare":
      return compared(
        holds ? condition.op : opposite[condition.op],
        termOf(condition.left, read),
        termOf(condition.right, read),
      );
    case "not":
      return said(condition.of, !holds, read);
    default: {
      const word = (condition.type === "and") === holds ? "and" : "or";
      return both(word, said(condition.left, holds, read), said(condition.right, holds, read));
    }
  }
}

function compared(op: Op, left: Written, right: Written): Written {
  if ("text" in left && "text" in right && left.kind === "number" && right.kind === "number")
    return { reason: "a part of it compares numbers alone" };
  return infix(op, left, right);
}

function both(word: "and" | "or", left: Written, right: Written): Written {
  if ("reason" in left) return left;
  if ("reason" in right) return right;
  const kind = left.kind === "each" ? left.kind : right.kind;
  const matching = word === "and" && left.kind !== right.kind ? " on()" : "";
  return { text: `(${left.text}) ${word}${matching} (${right.text})`, kind };
}

function termOf(term: Term, read: (metric: Metric) => Written): Written {
  switch (term.type) {
    case "number":
      return scalar(term.value);
    case "metric":
      return read(term);
    case "negate":
      return negated(termOf(term.of, read));
    case "arithmetic":
      return arithmetic(term.op, termOf(term.left, read), termOf(term.right, read));
    case "call": {
      const { name } = term;
      const given = term.arguments.map((one) => termOf(one, read));
      return name === "abs"
        ? absolute(given[0] ?? scalar(0))
        : given.reduce((left, right) => extreme(name, left, right));
    }
  }
}

function scalar(value: number): Written {
  return Number.isFinite(value) ? { text: String(value), kind: "number" } : { reason: "a part of it is not finite" };
}

function negated(of: Written): Written {
  if ("reason" in of) return of;
  return of.kind === "number" ? scalar(-Number(of.text)) : { ...of, text: `-(${of.text})` };
}

function absolute(of: Written): Written {
  if ("reason" in of) return of;
  return of.kind === "number" ? scalar(Math.abs(Number(of.text))) : { ...of, text: `abs(${of.text})` };
}

type Sign = "+" | "-" | "*" | "/";

const reckon: Readonly<Record<Sign, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};

function arithmetic(sign: Sign, left: Written, right: Written): Written {
  const joined = infix(sign, left, right);
  if ("reason" in joined || "reason" in left || "reason" in right) return joined;
  return joined.kind === "number"
    ? scalar(reckon[sign](Number(left.text), Number(right.text)))
    : { ...joined, text: `(${joined.text})` };
}

/** What is of all hosts stands beside each host's number. */
function infix(sign: string, left: Written, right: Written): Written {
  if ("reason" in left) return left;
  if ("reason" in right) return right;
  const kinds = `${left.kind} ${right.kind}`;
  const matching = { "each together": " on() group_left()", "together each": " on() group_right()" }[kinds] ?? "";
  return { text: `${left.text} ${sign}${matching} ${right.text}`, kind: kindOf(left, right) };
}

function kindOf(left: Known, right: Known): Known["kind"] {
  if (left.kind === "each" || right.kind === "each") return "each";
  return left.kind === "together" || right.kind === "together" ? "together" : "number";
}

/** min and max of PromQL are over series; of two expressions they are made of a comparison, or of a clamp where one is a number. */
function extreme(name: "min" | "max", left: Written, right: Written): Written {
  if ("reason" in left) return left;
  if ("reason" in right) return right;
  const [vector, bound] = left.kind === "number" ? [right, left] : [left, right];
  if (vector.kind === "number") return scalar(Math[name](Number(vector.text), Number(bound.text)));
  if (bound.kind === "number")
    return { ...vector, text: `clamp_${name === "min" ? "max" : "min"}(${vector.text}, ${bound.text})` };
  if (vector.kind !== bound.kind) return { reason: `a ${name} of each host and of all together` };
  return { ...vector, text: `(${vector.text} ${name === "min" ? "<=" : ">="} ${bound.text} or ${bound.text})` };
}
