import { binary, type Operator, strict } from "./rule.ts";

export const arithmetic: Readonly<Record<string, Operator>> = {
  "+": strict((...values) => values.reduce<number>((sum, value) => sum + Number(value), 0)),
  "*": strict((...values) => values.reduce<number>((product, value) => product * Number(value), 1)),
  "-": (args, compiler) => (args.length === 1 ? negated : minus)(args, compiler),
  "/": binary((left, right) => Number(left) / Number(right)),
  "%": binary((left, right) => Number(left) % Number(right)),
  min: strict((...values) => Math.min(...values.map(Number))),
  max: strict((...values) => Math.max(...values.map(Number))),
};

const negated = strict((value) => -Number(value));
const minus = binary((left, right) => Number(left) - Number(right));
