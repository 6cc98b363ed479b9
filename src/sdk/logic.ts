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
  const otherwise = parts.length % 2 === 1 ? parts.at(-1) : undefined;
  const cases = parts.flatMap((condition, index) => {
    const then = parts[index + 1];
    return index % 2 === 1 || then === undefined ? [] : [{ condition, then }];
  });
  return (data) => {
    for (const { condition, then } of cases) if (isTrue(condition(data))) return then(data);
    return otherwise === undefined ? null : otherwise(data);
  };
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
