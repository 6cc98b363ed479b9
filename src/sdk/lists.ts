import { isTrue, type Operator, type Rule, strict } from "./rule.ts";

/** Operators over lists; inside them `var` looks at the item. What is no list is taken for an empty one. */
export const lists: Readonly<Record<string, Operator>> = {
  map: over((items, rule) => items.map(rule)),
  filter: over((items, rule) => items.filter((item) => isTrue(rule(item)))),
  all: over((items, rule) => items.length > 0 && items.every((item) => isTrue(rule(item)))),
  none: over((items, rule) => !items.some((item) => isTrue(rule(item)))),
  some: over((items, rule) => items.some((item) => isTrue(rule(item)))),
  merge: strict((...values) => values.flat()),
  reduce: (args, { compile }) => {
    const [list, rule, start] = [compile(args[0]), compile(args[1]), compile(args[2])];
    return (data) =>
      itemsOf(list(data)).reduce<unknown>((accumulator, current) => rule({ current, accumulator }), start(data));
  },
};

function over(answer: (items: readonly unknown[], rule: Rule) => unknown): Operator {
  return (args, { compile }) => {
    const [list, rule] = [compile(args[0]), compile(args[1])];
    return (data) => answer(itemsOf(list(data)), (item) => rule(item));
  };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
