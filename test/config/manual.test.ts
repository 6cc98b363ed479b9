import { expect, test } from "vitest";
import { configTable, explain, jsonSchema } from "../../src/config/manual.ts";

test.each([
  "keep",
  "components.api.stages.0.bake",
  "healthy.type",
  "transport",
  "flags",
  "cohorts/beta.yaml: includes",
])("explains %s", (key) => expect(explain(key)).toMatchSnapshot());

test("explains every key of one name", () => {
  const explained = explain("max_failed");
  expect(explained.type === "ok" && explained.text.split("\n\n").length).toBe(2);
});

test("offers the nearest keys to one that it does not know", () => {
  expect(explain("kep")).toEqual({ type: "unknown", nearest: ["components.NAME.keep"] });
  expect(explain("healthy.wihtin")).toMatchObject({
    nearest: expect.arrayContaining(["components.NAME.healthy.within"]),
  });
  expect(explain("")).toEqual({ type: "unknown", nearest: [] });
});

test("the table has a row for each key, and no cell breaks it", () => {
  const rows = configTable().split("\n");
  expect(
    rows.filter((row) => row.startsWith("| `components.NAME.keep` | a whole number from 1 to 1000 | 5 |")),
  ).toHaveLength(1);
  expect(new Set(rows.map((row) => row.replaceAll("\\|", "").split("|").length))).toEqual(new Set([7]));
  expect(new Set(rows).size).toBe(rows.length);
});

test("the JSON Schema has the defaults and examples as they are written", () => {
  expect(jsonSchema()).toMatchObject({
    properties: {
      components: {
        additionalProperties: {
          properties: { warmup: { type: "string", default: "10s", examples: ["10s"] } },
          required: expect.arrayContaining(["path", "source", "activate"]),
        },
      },
    },
  });
});
