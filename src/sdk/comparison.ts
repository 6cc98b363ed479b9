import { binary, type Operator, type Rule } from "./rule.ts";

export const comparison: Readonly<Record<string, Operator>> = {
  "==": binary(loosely),
  "!=": binary((left, right) => !loosely(left, right)),
  "===": binary((left, right) => left === right),
  "!==": binary((left, right) => left !== right),
  "<": chain(less),
  "<=": chain(lessOrSame),
  ">": chain((left, right) => less(right, left)),
  ">=": chain((left, right) => lessOrSame(right, left)),
};

type Order = (left: unknown, right: unknown) => boolean;

/** With three arguments the middle one lies between the others. */
function chain(order: Order): Operator {
  return (args, { compile }) => {
    const [low, middle] = [compile(args[0]), compile(args[1])];
    const pair: Rule = (data) => order(low(data), middle(data));
    if (args.length < 3) return pair;
    const high = compile(args[2]);
    return (data) => order(low(data), middle(data)) && order(middle(data), high(data));
  };
}

function loosely(left: unknown, right: unknown): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: JsonLogic's == is JavaScript's, with its coercions.
  return left == right;
}

/** JavaScript's order: texts by their units, everything else by its number; what is no number is in no order. */
function less(left: unknown, right: unknown): boolean {
  if (typeof left === "string" && typeof right === "string") return left < right;
  return Number(left) < Number(right);
}

function lessOrSame(left: unknown, right: unknown): boolean {
  if (typeof left === "string" && typeof right === "string") return left <= right;
  return Number(left) <= Number(right);
}
