import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileAudience } from "../../src/config/audience-rule.ts";
import type { Json } from "../../src/core/json.ts";
import { seen, stateOf } from "../core/flags.ts";

function ruleIn(text: string): Json {
  const found = compileAudience(text);
  if (found.type === "ok") return found.rule;
  throw new Error(`${text}: ${found.message}`);
}

/** Is this context in the audience, for an application? */
function holds(text: string, context: Readonly<Record<string, unknown>>): boolean {
  const audience = { type: "condition", text, rule: ruleIn(text) } as const;
  return seen(stateOf({ for: [audience] }))(context) === "on";
}

const age = { var: "age" };
const present = (name: string) => [{ "!==": [{ var: name }, null] }, { "!==": [{ var: name }, ""] }];
const known = (rule: Json): Json => ({ and: [...present("age"), rule] });

describe("what a condition becomes", () => {
  test.each<[string, Json]>([
    ['plan == "pro"', { "===": [{ var: "plan" }, "pro"] }],
    ["plan == 'pro'", { "===": [{ var: "plan" }, "pro"] }],
    ["user.plan.name == 'pro'", { "===": [{ var: "user.plan.name" }, "pro"] }],
    ["age < 18", known({ "<": [age, 18] })],
    ["18 <= age", known({ "<=": [18, age] })],
    ["age >= -1.5", known({ ">=": [age, -1.5] })],
    ["age != 18", known({ "!==": [age, 18] })],
    ["!(age != 18)", { "===": [age, 18] }],
    ["!(age < 18)", known({ ">=": [age, 18] })],
    ["!(age >= 18)", known({ "<": [age, 18] })],
    ["!(age > 18)", known({ "<=": [age, 18] })],
    ["!(age <= 18)", known({ ">": [age, 18] })],
    ["!!(age == 18)", { "===": [age, 18] }],
    ["age == other", { and: [...present("age"), ...present("other"), { "===": [age, { var: "other" }] }] }],
    ["beta == true", { "===": [{ var: "beta" }, true] }],
    ["!beta", { "===": [{ var: "beta" }, false] }],
    ["age in [17, 18]", { in: [age, [17, 18]] }],
    ["!(age in [17, '18', true])", known({ "!": { in: [age, [17, "18", true]] } })],
    ["age.startsWith('a')", { starts_with: [age, "a"] }],
    ["!age.endsWith('a')", known({ "!": { ends_with: [age, "a"] } })],
    [
      "a && b && !c || d",
      {
        or: [
          { and: ["a", "b", "c"].map((name) => ({ "===": [{ var: name }, name !== "c"] })) },
          { "===": [{ var: "d" }, true] },
        ],
      },
    ],
    ["!(a && b)", { or: ["a", "b"].map((name) => ({ "===": [{ var: name }, false] })) }],
    ["!(a || b)", { and: ["a", "b"].map((name) => ({ "===": [{ var: name }, false] })) }],
  ])("%s", (text, rule) => expect(ruleIn(text)).toEqual(rule));
});

describe("who is meant", () => {
  test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    ['plan == "pro"', { plan: "pro" }, true],
    ['user.plan == "pro"', { user: { plan: "pro" } }, true],
    ["age < 18", { age: 17 }, true],
    ["age < 18", {}, false],
    ["age < 18", { age: "" }, false],
    ["!(age < 18)", {}, false],
    ["!(age < 18)", { age: 18 }, true],
    ["age != 18", {}, false],
    ["age == 17", { age: "17" }, false],
    ["age in [17]", { age: "17" }, false],
    ["age in [17]", { age: 17 }, true],
    ["!(plan in ['pro'])", { plan: "free" }, true],
    ["!(plan in ['pro'])", {}, false],
    ["plan.startsWith('pro-')", { plan: "pro-eu" }, true],
    ["plan.endsWith('-eu')", { plan: "pro-us" }, false],
    ["!plan.endsWith('-eu')", { plan: "pro-us" }, true],
    ["!plan.endsWith('-eu')", {}, false],
    ["plan == 'pro' || age > 60", { age: 61 }, true],
    ["plan == 'pro' && age > 60", { age: 61 }, false],
    ["a == b", {}, false],
    ["a == b", { a: 0, b: 0 }, true],
  ])("%s of %j: %s", (text, context, expected) => expect(holds(text, context)).toBe(expected));
});

/** A condition and what it is known to be: true, false, or undefined for want of a field. */
type Known = { readonly text: string; readonly of: (context: Context) => boolean | undefined };
type Context = Readonly<Record<string, string | number | boolean>>;

const operators: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => Number(left) < Number(right),
  ">=": (left, right) => Number(left) >= Number(right),
};

const compared = fc
  .tuple(fc.constantFrom("n", "m"), fc.constantFrom(...Object.entries(operators)), fc.integer({ min: -2, max: 2 }))
  .map(([field, [op, holding], number]): Known => {
    const of = (context: Context) => (field in context ? holding(context[field], number) : undefined);
    return { text: `${field} ${op} ${number}`, of };
  });
const listed = fc.constantFrom("a", "b").map((word): Known => {
  return { text: `w in ["${word}"]`, of: ({ w }) => (w === undefined ? undefined : w === word) };
});
const begun = fc.constantFrom("a", "b").map((word): Known => {
  return { text: `w.startsWith("${word}")`, of: ({ w }) => (w === undefined ? undefined : String(w).startsWith(word)) };
});

function not({ text, of }: Known): Known {
  return {
    text: `!(${text})`,
    of: (context) => {
      const known = of(context);
      return known === undefined ? undefined : !known;
    },
  };
}

/** Kleene's logic: what settles it settles it, also where the other side is not known. */
function both(left: Known, right: Known, op: "&&" | "||"): Known {
  const settling = op === "||";
  const of = (context: Context) => {
    const sides = [left.of(context), right.of(context)];
    if (sides.includes(settling)) return settling;
    return sides.includes(undefined) ? undefined : !settling;
  };
  return { text: `(${left.text}) ${op} (${right.text})`, of };
}

const { condition } = fc.letrec<{ condition: Known }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    ...[compared, listed, begun],
    tie("condition").map(not),
    fc
      .tuple(tie("condition"), tie("condition"), fc.constantFrom("&&" as const, "||" as const))
      .map((of) => both(...of)),
  ),
}));

const number = fc.integer({ min: -2, max: 2 });
const context = fc.record({ n: number, m: number, w: fc.constantFrom("a", "ab", "c") }, { requiredKeys: [] });

test("a condition holds for those of whom it is known to be true", () => {
  fc.assert(
    fc.property(condition, context, ({ text, of }, who) => {
      expect(holds(text, who), text).toBe(of(who) === true);
    }),
    { numRuns: 500 },
  );
});

describe("what cannot be meant", () => {
  test.each([
    ["plan = 'pro'", 5, "= is no operator", "=="],
    ["plan <> 'pro'", 5, "<> is no operator", "!="],
    ["a == 1 and b == 2", 7, "and is no operator", "&&"],
    ["a == 1 OR b == 2", 7, "OR is no operator", "||"],
    ["not a == 1", 0, "not is no operator", "!"],
    ["a == 'x and y' b", 15, "cannot be read", "app=shop-17"],
    ["a ==", 4, "stops in the middle", "app=shop-17"],
    ["plan", 0, "names a field", "=="],
    ["user.plan", 0, "names a field", "=="],
    ["1 == 1", 0, "the same for everybody", "app=shop-17"],
    ["a == 1 && 2 < 3", 10, "the same for everybody", "app=shop-17"],
    ["a + 1 == 2", 0, "only fields", "app=shop-17"],
    ["a == null", 5, "only fields", "app=shop-17"],
    ["a == -'x'", 6, "only fields", "app=shop-17"],
    ["a == 1u", 5, "only fields", "app=shop-17"],
    ["a == 12345678901234567890", 5, "as large", "a text"],
    ["a == 1 ? b : c", 0, "no condition", "app=shop-17"],
    ["a < true", 4, "have no order", "== or !="],
    ["a in b", 5, "needs a list", "["],
    ["a in []", 5, "needs a list", "["],
    ["a in [b]", 6, "only fields", "app=shop-17"],
    ["1 in [1]", 0, "a field", "user.plan"],
    ["f(a).b == 1", 0, "a field", "user.plan"],
    ["user['plan'] == 1", 0, "only fields", "app=shop-17"],
    ["a.matches('x')", 0, "matches cannot be called", "startsWith"],
    ["a.startsWith(1)", 0, "takes one text", "startsWith"],
    ["a.startsWith()", 0, "takes one text", "startsWith"],
    ["a.endsWith('a', 'b')", 0, "takes one text", "startsWith"],
    [`${"(".repeat(200)}a == 1${")".repeat(200)}`, 0, "too large or too deep", "app=shop-17"],
    [`a == 1${" ".repeat(1000)}`, 1000, "at most 1000 characters", "app=shop-17"],
  ])("%s", (text, start, message, expected) => {
    const found = compileAudience(text);
    if (found.type === "ok") expect.unreachable(text);
    else
      expect({ ...found, ...(text.startsWith("((") ? { start } : {}) }).toEqual({
        type: "complaint",
        message: expect.stringContaining(message),
        start,
        expected: expect.stringContaining(expected),
      });
  });

  test("S13: any text is either a rule or a complaint with its place", () => {
    const word = fc.constantFrom(
      "a",
      "a.b",
      "1",
      "'x'",
      "==",
      "=",
      "<",
      "in",
      "[",
      "]",
      "&&",
      "and",
      "!",
      "(",
      ")",
      "true",
      "-",
      "?",
      "é",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.boolean(), (words, spaced) => {
        const text = words.join(spaced ? " " : "");
        const found = compileAudience(text);
        if (found.type === "ok") return;
        expect(found.start).toBeGreaterThanOrEqual(0);
        expect(found.start).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1000 },
    );
  });
});
