import { expect, test, vi } from "vitest";
import { readDefinitions } from "../../src/sdk/definitions.ts";
import { compileTargeting } from "../../src/sdk/targeting.ts";
import { seconds } from "./define.ts";

vi.mock("../../src/sdk/targeting.ts", { spy: true });

const flag = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" };

test.each([
  ["", "It is no JSON: Unexpected end of JSON input"],
  ["[]", "It is no JSON object."],
  ["{}", "It has no flags."],
  [JSON.stringify({ flags: { a: 1 } }), "The flag a is no object."],
  [JSON.stringify({ flags: { a: { ...flag, state: "on" } } }), "The flag a is neither ENABLED nor DISABLED."],
  [JSON.stringify({ flags: { a: { ...flag, variants: 1 } } }), "The flag a has no variants."],
  [JSON.stringify({ flags: { b: flag, a: { ...flag, defaultVariant: "new" } } }), "The flag a has no variant new."],
])("%s is refused whole", (text, wrong) => {
  expect(readDefinitions(text, seconds)).toBe(wrong);
});

test("a rule that cannot be compiled spoils only its own flag", () => {
  const rules = { good: { if: [true, "on"] }, bad: { nobody: [1] } };
  const flags = Object.entries(rules).map(([key, targeting]) => [key, { ...flag, targeting }]);
  const read = readDefinitions(JSON.stringify({ flags: Object.fromEntries(flags) }), seconds);
  expect(typeof read === "string" ? read : read.get("bad")?.targeting).toBe("there is no operator nobody");
  expect(typeof read === "string" ? read : typeof read.get("good")?.targeting).toBe("function");
});

test("a flag's own metadata goes before the file's", () => {
  const own = { ...flag, metadata: { owner: "runtime" } };
  const file = { flags: { own, plain: flag }, metadata: { owner: "all", set: "ship" } };
  const read = readDefinitions(JSON.stringify(file), seconds);
  if (typeof read === "string") expect.unreachable(read);
  expect(read.get("own")?.metadata).toEqual({ owner: "runtime", set: "ship" });
  expect(read.get("plain")?.metadata).toEqual({ owner: "all", set: "ship" });
});

test("a rule is compiled when it is first asked for, and once", () => {
  const flags = { listed: { ...flag, targeting: { in: [{ var: "targetingKey" }, ["a", "b"]] } } };
  vi.mocked(compileTargeting).mockClear();
  const read = readDefinitions(JSON.stringify({ flags }), seconds);
  if (typeof read === "string") expect.unreachable(read);
  expect(compileTargeting).not.toHaveBeenCalled();
  const listed = read.get("listed");
  expect(listed?.targeting).toBeTypeOf("function");
  expect(listed?.targeting).toBe(listed?.targeting);
  expect(compileTargeting).toHaveBeenCalledOnce();
});
