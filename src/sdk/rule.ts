/** A compiled rule: the data that it looks at (at first the caller's context) → its answer. It may throw. */
export type Rule = (data: unknown) => unknown;

/** What an operator needs to be compiled: the flag's key, the time in whole seconds, and a way to compile its parts. */
export type Compiler = {
  readonly key: string;
  readonly seconds: () => number;
  readonly compile: (raw: unknown) => Rule;
};

/** One operator of the targeting language: its arguments as they stand in the file → a rule. */
export type Operator = (args: readonly unknown[], compiler: Compiler) => Rule;

/** JsonLogic's own truth: an empty list is false, the text "0" is true. Source: jsonlogic.com/truthy.html. */
export function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** An operator that needs no more than the answers of its arguments. */
export function strict(answer: (...values: readonly unknown[]) => unknown): Operator {
  return (args, { compile }) => {
    const parts = args.map(compile);
    return (data) => answer(...parts.map((part) => part(data)));
  };
}

/** As `strict`, for the two arguments of most operators, without a list for each call. */
export function binary(answer: (left: unknown, right: unknown) => unknown): Operator {
  return (args, { compile }) => {
    const left = compile(args[0]);
    const right = compile(args[1]);
    return (data) => answer(left(data), right(data));
  };
}
