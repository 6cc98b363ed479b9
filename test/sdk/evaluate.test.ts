import { describe, expect, test } from "vitest";
import { readDefinitions } from "../../src/sdk/definitions.ts";
import { evaluate } from "../../src/sdk/evaluate.ts";
import { answered, defined, seconds } from "./define.ts";

describe("what a rule answers is a variant's name", () => {
  test.each([
    ["a text", "on", "on", "TARGETING_MATCH"],
    ["true, for the variant of that name", { "==": [1, 1] }, "true", "TARGETING_MATCH"],
    ["false as well", { "==": [1, 2] }, "false", "TARGETING_MATCH"],
    ["null: the default variant", { if: [false, "on", null] }, "usual", "DEFAULT"],
    ["nothing: the default variant", { if: [false, "on"] }, "usual", "DEFAULT"],
    ["an empty rule is none", {}, "usual", "STATIC"],
    ["null is none", null, "usual", "STATIC"],
  ])("%s", (_about, targeting, value, reason) => {
    expect(evaluate(defined(targeting))).toMatchObject({ value, reason, error: undefined });
  });

  test("a name that no variant has is an error, and the code's default holds", () => {
    expect(evaluate(defined("nobody"))).toMatchObject({
      value: undefined,
      reason: "ERROR",
      error: { code: "GENERAL" },
    });
  });

  test.each([
    ["null", { defaultVariant: null }],
    ["not there", {}],
  ])("without a default variant (%s) the code's default holds", (_about, without) => {
    const still = { state: "ENABLED", variants: { on: true }, ...without };
    const file = { flags: { still, falls: { ...still, targeting: { if: [false, "on"] } } } };
    const flags = readDefinitions(JSON.stringify(file), seconds);
    const ended = typeof flags === "string" ? [flags] : [...flags.values()].map((flag) => evaluate(flag));
    const nothing = { value: undefined, variant: undefined, reason: "DEFAULT", error: undefined };
    expect(ended).toEqual([nothing, nothing]);
  });

  test("a disabled flag leaves it to the code", () => {
    expect(evaluate({ ...defined("on"), enabled: false })).toMatchObject({ value: undefined, reason: "DISABLED" });
  });

  test("a rule that throws is an error", () => {
    const context = new Proxy({}, { getOwnPropertyDescriptor: () => expect.unreachable() });
    expect(evaluate(defined({ var: "plan" }), context)).toMatchObject({ reason: "ERROR", error: { code: "GENERAL" } });
  });
});

test("a rule sees the flag's key, the time and the targeting key", () => {
  expect(answered({ if: [{ "==": [{ var: "$flagd.flagKey" }, "f"] }, "on"] })).toBe("on");
  expect(answered({ if: [{ "===": [{ var: "$flagd.timestamp" }, seconds()] }, "on"] })).toBe("on");
  expect(answered({ if: [{ "==": [{ var: "targetingKey" }, "a"] }, "on"] }, { targetingKey: "a" })).toBe("on");
});
