import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Estimate } from "../../src/core/estimate.ts";
import { evaluate, type Outcome, termNow } from "../../src/core/evaluate.ts";
import { type Condition, metricsOf, simpleForm, spelled, type Term } from "../../src/core/expression.ts";
import { compare, term } from "./evidence.ts";

function known(value: number, more: Partial<Extract<Estimate, { type: "number" }>> = {}): Estimate {
  return { type: "number", value, atLeast: false, events: undefined, gaps: [], newest: 7, ...more };
}

const blind: Estimate = { type: "missing", gaps: [{ cause: "no-data", detail: "silent", host: "h" }] };

/** x is 3, y is 0.3, blind is missing, slow is at least 5. */
const values: Readonly<Record<string, Estimate>> = {
  x: known(3),
  y: known(0.1 + 0.2, { events: 40, newest: 9 }),
  z: known(1, { events: 20 }),
  slow: known(5, { atLeast: true }),
  partial: known(3, { gaps: [{ cause: "stale", detail: "old", host: "g" }] }),
  nan: known(Number.NaN),
};

const says = (condition: Condition): boolean | "undecided" => {
  const outcome: Outcome = evaluate(condition, ({ name }) => values[name] ?? blind);
  return outcome.type === "decided" ? outcome.holds : "undecided";
};

const x = term("x");
const slow = term("slow");
const number = (value: number): Term => ({ type: "number", value });
const arithmetic = (op: "+" | "-" | "*" | "/", left: Term, right: Term): Term => ({
  type: "arithmetic",
  op,
  left,
  right,
});
const call = (name: "min" | "max" | "abs", ...of: readonly Term[]): Term => ({ type: "call", name, arguments: of });

describe("comparisons", () => {
  test.each([
    ["<", 3, false],
    ["<", 4, true],
    ["<=", 3, true],
    ["<=", 2, false],
    [">", 3, false],
    [">", 2, true],
    [">=", 3, true],
    [">=", 4, false],
    ["==", 3, true],
    ["==", 4, false],
    ["!=", 3, false],
    ["!=", 4, true],
  ] as const)("3 %s %d", (op, right, holds) => {
    expect(says(compare(x, op, right))).toBe(holds);
  });

  test("sums of doubles are equal to what they should be, and zero only to itself", () => {
    expect(says(compare(term("y"), "==", 0.3))).toBe(true);
    expect(says(compare(number(0), "==", 1e-300))).toBe(false);
  });

  test.each(["<", "<=", ">", ">=", "==", "!="] as const)("with nothing on one side, %s is undecided", (op) => {
    expect(says(compare(x, op, term("blind")))).toBe("undecided");
    expect(says(compare(term("blind"), op, x))).toBe("undecided");
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "with %d it is undecided (cell 69)",
    (odd) => {
      expect(says(compare(x, "<", odd))).toBe("undecided");
      expect(says(compare(x, ">", odd))).toBe("undecided");
    },
  );

  test.each([
    [compare(slow, "<", 4), false],
    [compare(slow, ">", 4), true],
    [compare(slow, "==", 4), false],
    [compare(slow, "!=", 4), true],
    [compare(slow, "<", 6), "undecided"],
    [compare(slow, ">", 6), "undecided"],
    [compare(slow, ">", 5), "undecided"],
    [compare(slow, ">=", 5), true],
    [compare(number(5), "<=", slow), true],
    [compare(number(5), ">", slow), false],
    [compare(number(5), "<", slow), "undecided"],
    [compare(slow, "<", 5), false],
    [compare(slow, ">=", 5), true],
    [compare(slow, ">", 5), "undecided"],
    [compare(number(5), "<=", slow), true],
    [compare(number(5), ">", slow), false],
    [compare(number(5), "<", slow), "undecided"],
    [compare(number(4), "<", slow), true],
    [compare(number(6), "<", slow), "undecided"],
    [compare(slow, "<", slow), "undecided"],
    [compare(arithmetic("+", slow, number(1)), "<", 5.5), false],
    [compare(arithmetic("*", slow, number(2)), "<", 9), false],
    [compare(arithmetic("*", slow, number(-2)), "<", 9), "undecided"],
    [compare(arithmetic("-", slow, number(1)), "<", 1), "undecided"],
    [compare(arithmetic("/", slow, number(1)), "<", 1), "undecided"],
    [compare(call("max", slow, x), "<", 1), "undecided"],
    [compare({ type: "negate", of: slow }, "<", 1), "undecided"],
  ] as const)("a number that is at least 5 decides only what it can (%#)", (condition, holds) => {
    expect(says(condition)).toBe(holds);
  });
});

describe("formulas", () => {
  const now = (of: Term) => termNow(of, ({ name }) => values[name] ?? blind);

  test.each([
    [arithmetic("+", x, number(2)), 5],
    [arithmetic("-", x, number(2)), 1],
    [arithmetic("*", x, number(2)), 6],
    [arithmetic("/", number(1), number(2)), 0.5],
    [{ type: "negate", of: x } as const, -3],
    [call("min", x, number(2), number(9)), 2],
    [call("max", x, number(2)), 3],
    [call("abs", number(-4)), 4],
  ])("are computed in doubles (%#)", (of, value) => {
    expect(now(of)).toMatchObject({ type: "number", value });
  });

  test("division by zero is not a number, and says so", () => {
    expect(now(arithmetic("/", number(0), number(0)))).toMatchObject({ type: "missing", gaps: [{ cause: "nan" }] });
    expect(now(arithmetic("/", x, number(0)))).toMatchObject({ type: "missing", gaps: [{ cause: "non-finite" }] });
  });

  test("are missing as soon as one part is, with its cause", () => {
    expect(now(arithmetic("+", x, term("blind")))).toEqual({ ...blind });
    expect(now(call("abs", term("blind")))).toEqual(blind);
  });

  test("rest on the least events and the newest reading of their parts, and keep the gaps", () => {
    const sum = arithmetic("+", arithmetic("+", term("y"), term("z")), term("partial"));
    expect(now(sum)).toMatchObject({ events: 20, newest: 9, gaps: [{ host: "g" }] });
  });
});

describe("logic", () => {
  const yes = compare(x, ">", 0);
  const no = compare(x, "<", 0);
  const unknown = compare(term("blind"), "<", 0);
  const and = (left: Condition, right: Condition): Condition => ({ type: "and", left, right });
  const or = (left: Condition, right: Condition): Condition => ({ type: "or", left, right });
  const not = (of: Condition): Condition => ({ type: "not", of });

  test("has three values, as Kleene's", () => {
    const all = [yes, no, unknown];
    expect(all.map((left) => all.map((right) => says(and(left, right))))).toEqual([
      [true, false, "undecided"],
      [false, false, false],
      ["undecided", false, "undecided"],
    ]);
    expect(all.map((left) => all.map((right) => says(or(left, right))))).toEqual([
      [true, true, true],
      [true, false, "undecided"],
      [true, "undecided", "undecided"],
    ]);
    expect(all.map((one) => says(not(one)))).toEqual([false, true, "undecided"]);
  });

  test("an outcome keeps the gaps of what it rests on", () => {
    const lookup = ({ name }: { readonly name: string }) => values[name] ?? blind;
    const partial = compare(term("partial"), ">", 0);
    expect(evaluate(and(yes, partial), lookup).gaps).toHaveLength(1);
    expect(evaluate(and(no, partial), lookup).gaps).toHaveLength(0);
    expect(evaluate(or(yes, partial), lookup).gaps).toHaveLength(0);
    expect(evaluate(and(unknown, partial), lookup).gaps).toHaveLength(2);
  });

  test("losing a number never turns anything into its opposite, and nothing undecided into a yes or no", async () => {
    const leaf = fc
      .constantFrom("x", "y", "z")
      .chain((name) => fc.integer({ min: -1, max: 4 }).map((limit) => compare(term(name), "<", limit)));
    const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
      condition: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.tuple(tie("condition"), tie("condition")).map(([left, right]) => and(left, right)),
        fc.tuple(tie("condition"), tie("condition")).map(([left, right]) => or(left, right)),
        tie("condition").map(not),
      ),
    }));
    await fc.assert(
      fc.property(condition, fc.subarray(["x", "y", "z"]), (any, gone) => {
        const lookup =
          (silent: readonly string[]) =>
          ({ name }: { readonly name: string }) =>
            silent.includes(name) ? blind : (values[name] ?? blind);
        const whole = evaluate(any, lookup([]));
        const less = evaluate(any, lookup(gone));
        if (less.type === "decided" && whole.type === "decided") expect(less.holds).toBe(whole.holds);
        expect(whole.type).toBe("decided");
      }),
    );
  });
});

describe("what a condition is about", () => {
  const condition: Condition = {
    type: "and",
    left: compare(term("p99", "each"), "<", arithmetic("*", number(2), term("p99", "baseline"))),
    right: { type: "not", of: compare(call("max", term("p99", "each"), { type: "negate", of: x }), "<", 1) },
  };

  test("metrics stand in order of appearance, each once for each scope", () => {
    expect(metricsOf(condition).map(spelled)).toEqual(["each.p99", "baseline.p99", "x"]);
  });

  test("a metric against a formula is the simple form, from either side", () => {
    expect(simpleForm(compare(x, "<", 5))).toEqual({ metric: x, limit: number(5) });
    expect(simpleForm(compare(number(5), ">", x))).toEqual({ metric: x, limit: number(5) });
    expect(simpleForm(compare(number(5), ">", number(4)))).toBeUndefined();
    expect(simpleForm(condition)).toBeUndefined();
  });
});
