import { describe, expect, test } from "vitest";
import { readDefinitions } from "../../src/sdk/definitions.ts";
import { answered, seconds } from "./define.ts";

/** The rule's own answer, by way of the variants "true" and "false". */
function holds(rule: unknown, context: Readonly<Record<string, unknown>> = {}) {
  return answered({ if: [rule, "true", "false"] }, context) === "true";
}

const shop = {
  targetingKey: "shop-17",
  plan: "pro",
  age: 7,
  user: { name: "ann" },
  tags: ["a", "b"],
  version: "1.4.2",
};

describe("what holds and what does not", () => {
  test.each<[unknown, boolean]>([
    [{ "==": [{ var: "plan" }, "pro"] }, true],
    [{ "==": [{ var: "age" }, "7"] }, true],
    [{ "===": [{ var: "age" }, "7"] }, false],
    [{ "!=": [{ var: "age" }, "7"] }, false],
    [{ "!==": [{ var: "age" }, "7"] }, true],
    [{ "<": [1, { var: "age" }, 9] }, true],
    [{ "<": [1, { var: "age" }, 7] }, false],
    [{ "<=": [7, { var: "age" }, 7] }, true],
    [{ ">": [{ var: "age" }, 7] }, false],
    [{ ">=": [{ var: "age" }, 7] }, true],
    [{ "<": ["a", "b"] }, true],
    [{ "<=": ["b", "a"] }, false],
    [{ "<": [{ var: "nobody" }, 9] }, true],
    [{ "<": [{ var: "plan" }, 9] }, false],
    [{ and: [true, { var: "plan" }] }, true],
    [{ and: [{ var: "nobody" }, true] }, false],
    [{ or: [0, "", [], { var: "plan" }] }, true],
    [{ or: [0, "", []] }, false],
    [{ "!": [{ var: "tags" }] }, false],
    [{ "!": { var: "nobody" } }, true],
    [{ "!!": ["0"] }, true],
    [{ in: ["hop", { var: "targetingKey" }] }, true],
    [{ in: [{ var: "plan" }, ["free", "pro"]] }, true],
    [{ in: [{ var: "plan" }, ["free", "trial"]] }, false],
    [{ in: ["b", { var: "tags" }] }, true],
    [{ in: ["b", { var: "nobody" }] }, false],
    [{ in: ["pro", [{ var: "plan" }]] }, true],
    [{ starts_with: [{ var: "targetingKey" }, "shop-"] }, true],
    [{ ends_with: [{ var: "targetingKey" }, "-1"] }, false],
    [{ "==": [{ var: "user.name" }, "ann"] }, true],
    [{ "==": [{ var: ["user.age", 3] }, 3] }, true],
    [{ "==": [{ var: "tags.1" }, "b"] }, true],
    [{ "==": [{ var: { cat: ["pl", "an"] } }, "pro"] }, true],
    [{ "!!": [{ var: "constructor" }] }, false],
    [{ "==": [{ cat: ["a", { var: "nobody" }, 1] }, "a1"] }, true],
    [{ "==": [{ substr: ["jsonlogic", 4] }, "logic"] }, true],
    [{ "==": [{ substr: ["jsonlogic", -5, 3] }, "log"] }, true],
    [{ "==": [{ substr: ["jsonlogic", 4, -2] }, "log"] }, true],
    [{ "==": [{ "+": [1, "2", 3] }, 6] }, true],
    [{ "==": [{ "*": [2, 3] }, 6] }, true],
    [{ "==": [{ "-": [{ var: "age" }, 1] }, 6] }, true],
    [{ "==": [{ "-": [6] }, -6] }, true],
    [{ "==": [{ "/": [12, 2] }, 6] }, true],
    [{ "==": [{ "%": [{ var: "age" }, 4] }, 3] }, true],
    [{ "==": [{ min: [3, 1, 2] }, 1] }, true],
    [{ "==": [{ max: [3, 1, 2] }, 3] }, true],
    [{ some: [{ var: "tags" }, { "==": [{ var: "" }, "a"] }] }, true],
    [{ all: [{ var: "tags" }, { "==": [{ var: "" }, "a"] }] }, false],
    [{ all: [[], true] }, false],
    [{ none: [{ var: "nobody" }, true] }, true],
    [{ filter: [{ var: "tags" }, { "==": [{ var: "" }, "c"] }] }, false],
    [{ in: [14, { map: [[7], { "*": [{ var: "" }, 2] }] }] }, true],
    [{ in: ["c", { merge: [{ var: "tags" }, "c"] }] }, true],
    [{ "==": [{ reduce: [[1, 2, 3], { "+": [{ var: "current" }, { var: "accumulator" }] }, 0] }, 6] }, true],
    [{ missing: ["plan", "user.name"] }, false],
    [{ missing: ["plan", "user.age"] }, true],
    [{ missing_some: [1, ["plan", "nobody"]] }, false],
    [{ missing_some: [2, ["plan", "nobody"]] }, true],
  ])("%j: %s", (rule, expected) => {
    expect(holds(rule, shop)).toBe(expected);
  });
});

test("the first condition that holds decides", () => {
  const rule = { if: [{ "<": [{ var: "age" }, 5] }, "one", { "<": [{ var: "age" }, 9] }, "two", "three"] };
  expect([1, 7, 11].map((age) => answered(rule, { age }))).toEqual(["one", "two", "three"]);
});

test.each([
  ["starts_with", [1, "a"]],
  ["ends_with", ["a"]],
  ["starts_with", ["a", "a", "a"]],
])("%s of %j is no answer, and not false", (name, args) => {
  expect(answered({ [name]: args })).toBe("usual");
});

describe("$ref", () => {
  const evaluators = {
    pro: { "==": [{ var: "plan" }, "pro"] },
    grown: { and: [{ $ref: "pro" }, { ">": [{ var: "age" }, 5] }] },
    round: { $ref: "about" },
    about: { "!": [{ $ref: "round" }] },
  };
  test.each([
    ["pro", "on"],
    ["grown", "on"],
    ["nobody", "PARSE_ERROR"],
    ["round", "PARSE_ERROR"],
  ])("%s: %s", (name, expected) => {
    expect(answered({ if: [{ $ref: name }, "on", "off"] }, shop, { evaluators })).toBe(expected);
  });
});

/** Evaluators of which each names the next one twice. */
function doubling(depth: number) {
  const steps = Array.from({ length: depth }, (_, index) => [
    `e${index}`,
    { and: [{ $ref: `e${index + 1}` }, { $ref: `e${index + 1}` }] },
  ]);
  return Object.fromEntries([...steps, [`e${depth}`, { var: "plan" }]]);
}

test.each([
  [12, "on"],
  [30, "PARSE_ERROR"],
  [1_000, "PARSE_ERROR"],
])("a chain of %i evaluators that name the next twice: %s", (depth, expected) => {
  const rule = { if: [{ $ref: "e0" }, "on", "off"] };
  expect(answered(rule, shop, { evaluators: doubling(depth) })).toBe(expected);
});

test("an evaluator is compiled once for a rule, however often it is named", () => {
  const evaluators = doubling(16);
  const rules = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [
      `f${index}`,
      { state: "ENABLED", variants: { on: 1 }, targeting: { if: [{ $ref: "e0" }, "on"] } },
    ]),
  );
  const read = readDefinitions(JSON.stringify({ flags: rules, $evaluators: evaluators }), seconds);
  expect(typeof read === "string" ? read : typeof read.get("f399")?.targeting).toBe("function");
});

test("a rule of too many parts spoils only its own flag", () => {
  const flag = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" };
  const flags = {
    bad: { ...flag, targeting: { if: [{ $ref: "e0" }, "on"] } },
    good: { ...flag, targeting: { if: [{ $ref: "e20" }, "on"] } },
  };
  const read = readDefinitions(JSON.stringify({ flags, $evaluators: doubling(30) }), seconds);
  if (typeof read === "string") expect.unreachable(read);
  expect(read.get("bad")?.targeting).toBe("the rule has more than 1000000 parts");
  expect(typeof read.get("good")?.targeting).toBe("function");
});

test.each([
  [100_000, "usual"],
  [100_001, "off"],
])("a choice of %i parts is compiled and evaluated", (length, expected) => {
  const parts = Array.from({ length }, (_, index) => (index === length - 1 && length % 2 === 1 ? "off" : 0));
  expect(answered({ if: parts })).toBe(expected);
});

test("a list of names may be an evaluator, and stand in many rules", () => {
  const evaluators = { names: Array.from({ length: 50 }, (_, index) => `shop-${index}`) };
  const rule = { or: [{ in: ["shop-99", { $ref: "names" }] }, { in: [{ var: "targetingKey" }, { $ref: "names" }] }] };
  expect(answered({ if: [rule, "on", "off"] }, shop, { evaluators })).toBe("on");
});

test.each([{ nobody: [1] }, { if: [true, { "==": [1, 1], "!": [1] }] }])("%j cannot be compiled", (rule) => {
  expect(answered(rule)).toBe("PARSE_ERROR");
});

test("a rule nested beyond the stack spoils its own flag, and throws nothing", () => {
  const depth = 200_000;
  const rule = `${'{"!":['.repeat(depth)}1${"]}".repeat(depth)}`;
  const read = readDefinitions(
    `{"flags": {"f": {"state": "ENABLED", "variants": {"on": true}, "targeting": ${rule}}}}`,
    seconds,
  );
  expect(typeof read === "string" ? read : typeof read.get("f")?.targeting).toBe("string");
});
