import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { patched } from "./patch.ts";
import { mutants } from "./table.ts";

const root = resolve(import.meta.dirname, "../..");

test("there are at least twenty-five mutants, each with a name of its own", () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  expect(mutants.length).toBeGreaterThanOrEqual(25);
});

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))("still fits the source: %s", (_, { patches }) => {
  for (const patch of patches) {
    const source = readFileSync(resolve(root, patch.file), "utf8");
    expect(patched(source, patch)).not.toBe(source);
  }
});

test("a patch that fits nowhere, or twice, is an error", () => {
  expect(() => patched("a b", { file: "x.ts", from: "c", to: "d" })).toThrow("x.ts has no: c");
  expect(() => patched("a b a", { file: "x.ts", from: "a", to: "d" })).toThrow("x.ts has 2 times: a");
  expect(patched("a b", { file: "x.ts", from: "b", to: "$&" })).toBe("a $&");
});
