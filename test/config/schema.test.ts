import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CohortSpec } from "../../src/config/cohort-schema.ts";
import { parseYaml } from "../../src/config/document.ts";
import { fleetOf } from "../../src/config/fleet.ts";
import { alternatives, type Outline, outlineOf } from "../../src/config/outline.ts";
import { readConfig } from "../../src/config/read.ts";
import { ConfigSpec } from "../../src/config/schema.ts";

const sample = readFileSync(join(import.meta.dirname, "sample/ship.config.yaml"), "utf8");
const { known } = fleetOf([]);

/** Complaints about a text, without the keys that are not built yet. */
function complaints(text: string) {
  const { document, complaints } = parseYaml("f", text);
  if (document === undefined) return complaints;
  const { findings } = readConfig(document, known, { env: {}, component: undefined });
  return findings.map(document.locate).filter(({ message }) => !message.includes("not built yet"));
}

/** Every key of the sample: where its name stands. Names that people choose are not the schema's. */
const chosen = [
  "api",
  "PORT",
  "role",
  "lxc",
  "on",
  "off",
  "publish",
  "p99_latency",
  "error_rate",
  "active_cons",
  "queue_depth",
];
const keys = [
  ...sample
    .replaceAll(/#.*/g, (comment) => "#".repeat(comment.length))
    .matchAll(/(?<=[{,[\s]|^)([a-z0-9_A-Z]+)(?=: |:\n)/gm),
].filter(([key]) => !chosen.includes(key));

test("the sample is well", () => {
  expect(complaints(sample)).toEqual([]);
  expect(keys.length).toBeGreaterThan(80);
});

test("a key with another name is a complaint on its line", () => {
  const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz_".split(""));
  const mutated = fc.tuple(fc.constantFrom(...keys), fc.nat(), letter, fc.constantFrom("insert", "replace", "remove"));
  fc.assert(
    fc.property(mutated, ([match, random, char, how]) => {
      const at = random % match[0].length;
      const rest = match[0].slice(how === "insert" ? at : at + 1);
      const name = `${match[0].slice(0, at)}${how === "remove" ? "" : char}${rest}`;
      fc.pre(name !== match[0] && name !== "" && !keys.some(([key]) => key === name));
      const text = `${sample.slice(0, match.index)}${name}${sample.slice(match.index + match[0].length)}`;
      const line = sample.slice(0, match.index).split("\n").length;
      const told = complaints(text).filter((complaint) => complaint.line === line);
      expect(told.map(({ message }) => message).join("; ")).toContain(name);
    }),
    { numRuns: 150 },
  );
});

test("any value in the place of another is a complaint, or fits; it never throws", () => {
  const { document } = parseYaml("f", sample);
  const paths = pathsOf(document?.value);
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("", "x", "{version}", "1 of 2", "5s", -1));
  fc.assert(
    fc.property(fc.constantFrom(...paths), value, (path, put) => {
      const changed = { ...parseYaml("f", sample).document, value: replaced(document?.value, path, put) };
      if (document === undefined) return;
      const { findings } = readConfig({ ...document, ...changed }, known, { env: {}, component: undefined });
      for (const finding of findings) expect(document.locate(finding).line).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});

test("every key says what it is, with an example", () => {
  const silent = [...silentKeys(outlineOf(ConfigSpec), ""), ...silentKeys(outlineOf(CohortSpec), "cohort")];
  expect(silent).toEqual([]);
});

function silentKeys(outline: Outline, path: string): readonly string[] {
  return alternatives(outline).flatMap((choice) => [
    ...Object.entries(choice.properties ?? {}).flatMap(([key, inner]) => {
      const said = inner.const !== undefined || (inner.description !== undefined && (inner.examples ?? []).length > 0);
      return [...(said ? [] : [`${path}.${key}`]), ...silentKeys(inner, `${path}.${key}`)];
    }),
    ...(choice.additionalProperties ? silentKeys(choice.additionalProperties, `${path}.*`) : []),
    ...(choice.items === undefined ? [] : silentKeys(choice.items, `${path}[]`)),
  ]);
}

function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function replaced(value: unknown, path: readonly string[], put: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return put;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  return Object.assign(copy, { [step]: replaced(Reflect.get(value, step), rest, put) });
}
