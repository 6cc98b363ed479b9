import { isTrue, type Operator, type Rule } from "./rule.ts";

/** Conditions; each evaluates no more of its arguments than it needs. */
export const logic: Readonly<Record<string, Operator>> = {
  if: (args, { compile }) => branch(args.map(compile)),
  and: (args, { compile }) => firstThat(args.map(compile), (value) => !isTrue(value)),
  or: (args, { compile }) => firstThat(args.map(compile), isTrue),
  "!": (args, { compile }) => not(compile(args[0])),
  "!!": (args, { compile }) => not(not(compile(args[0]))),
};

/** Condition, answer, condition, answer, … and at the end, where the count is odd, what holds otherwise. */
function branch(parts: readonly Rule[]): Rule {
  const [condition, then, ...rest] = parts;
  if (condition === undefined) return () => null;
  if (then === undefined) return condition;
  const otherwise = branch(rest);
  return (data) => (isTrue(condition(data)) ? then(data) : otherwise(data));
}

function firstThat(parts: readonly Rule[], settles: (value: unknown) => boolean): Rule {
  return (data) => {
    let value: unknown = null;
    for (const part of parts) {
      value = part(data);
      if (settles(value)) return value;
    }
    return value;
  };
}

function not(part: Rule): Rule {
  return (data) => !isTrue(part(data));
}
