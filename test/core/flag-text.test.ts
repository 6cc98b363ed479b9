import { describe, expect, test } from "vitest";
import { definitionOf } from "../../src/core/flag.ts";
import { definitionText, readDefinition } from "../../src/core/flag-text.ts";
import { lxc, stateOf } from "./flags.ts";

const ids = (count: number, id = (at: number) => `shop-${String(at).padStart(6, "0")}`) => {
  return { type: "values", field: "app", values: Array.from({ length: count }, (_, at) => id(at)) } as const;
};

test("a definition is one line of ASCII that reads back as the same", () => {
  const policy = { ...lxc, variants: { on: "café \u202e", off: "\u{1f600}" } };
  const state = stateOf({ percent: 2.5, for: [ids(3)] });
  const found = definitionText(policy, state);
  if (found.type !== "ok") expect.unreachable(found.message);
  else {
    expect(found.text).toMatch(/^[ -~]+\n$/);
    expect(readDefinition(found.text)).toEqual({ type: "ok", definition: definitionOf(policy, state) });
  }
});

describe("what is too large is refused", () => {
  test("with how many ids fit, and just so many do", () => {
    const found = definitionText(lxc, stateOf({ for: [ids(200_000)] }));
    expect(found).toMatchObject({ type: "complaint", expected: "--percent, or a condition on a field" });
    const most = Number(/of its 200000 ids (\d+) fit/.exec("message" in found ? found.message : "")?.[1]);
    expect(most).toBeGreaterThan(70_000);
    expect(definitionText(lxc, stateOf({ for: [ids(most)] })).type).toBe("ok");
    expect(definitionText(lxc, stateOf({ for: [ids(most + 2)] })).type).toBe("complaint");
  });

  test("none, where one is as large", () => {
    const found = definitionText(lxc, stateOf({ for: [ids(2, (at) => `${at}${"ä".repeat(200_000)}`)] }));
    expect(found).toMatchObject({
      message: expect.stringMatching(/at most 1\.0 MB, and this one has 2\.3 MB: of its 2 ids 0 fit/),
    });
  });

  test("without ids it is not about ids", () => {
    const rule = "x".repeat(1_100_000);
    const found = definitionText(lxc, stateOf({ for: [{ type: "condition", text: "", rule }] }));
    expect(found).toMatchObject({ message: "a flag's definition has at most 1.0 MB, and this one has 1.0 MB" });
  });
});

describe("what a host says is looked at", () => {
  const whole = { state: "ENABLED", variants: { on: true }, defaultVariant: "on" };
  test("a flag that is disabled is one", () => {
    const text = JSON.stringify({ ...whole, state: "DISABLED", metadata: { owner: "me" } });
    expect(readDefinition(text)).toEqual({ type: "ok", definition: { ...whole, state: "DISABLED" } });
  });

  test.each([
    ["{", "no JSON object"],
    ["null", "no JSON object"],
    ["[]", "no JSON object"],
    ["7", "no JSON object"],
    [{ ...whole, state: "on" }, "neither"],
    [{ ...whole, variants: [] }, "no variants"],
    [{ ...whole, defaultVariant: null }, "no default variant"],
    [{ ...whole, defaultVariant: "toString" }, '"toString", is none of its variants'],
    [{ ...whole, targeting: "on" }, "no rule"],
  ])("%j", (given, message) => {
    const text = typeof given === "string" ? given : JSON.stringify(given);
    expect(readDefinition(text)).toMatchObject({ type: "complaint", message: expect.stringContaining(message) });
  });
});
