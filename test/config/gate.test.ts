import { describe, expect, test } from "vitest";
import { apiOf, component, load, texts } from "./folder.ts";

const page = 'from: exposition, url: "http://127.0.0.1:8080/metrics"';
const metrics = [
  "    metrics:",
  `      errors: { ${page}, ratio: { bad: bad_total, all: all_total } }`,
  `      cons: { ${page}, gauge: connections }`,
  "",
].join("\n");

describe("compare", () => {
  const compared = async (lines: string) =>
    apiOf(await load(`${component}${metrics}    compare: ${lines}\n`)).assertions;

  test("is an assertion against the baseline: of counts by a test, of levels by ranks", async () => {
    const [counts, levels] = await compared(
      "[{ metric: errors, tolerance: 0.5 }, { metric: cons, direction: down }]",
    ).then((all) => all.slice(-2));
    expect([counts?.text, counts?.compare]).toEqual(["errors <= 1.5 * baseline.errors", undefined]);
    expect([levels?.text, levels?.compare]).toEqual([
      "cons >= 0.9 * baseline.cons",
      { metric: "cons", direction: "down", tolerance: 0.1 },
    ]);
  });

  test("in both directions is two, and what is asserted already is not compared again", async () => {
    const both = await compared("[{ metric: cons, direction: both }]");
    expect(both.slice(-2).map(({ text }) => text)).toEqual([
      "cons <= 1.1 * baseline.cons",
      "cons >= 0.9 * baseline.cons",
    ]);
    const twice = await compared("[{ metric: cons }]\n    assertions: [cons <= 1.1 * baseline.cons]");
    expect(twice.filter(({ text }) => text === "cons <= 1.1 * baseline.cons")).toHaveLength(1);
  });

  test("of what every component has needs no exporter", async () => {
    const all = await compared("[{ metric: rss }]");
    expect(all.at(-1)?.compare).toEqual({ metric: "rss", direction: "up", tolerance: 0.1 });
  });

  test("of what is no metric is a complaint at its place", async () => {
    expect(texts(await load(`${component}${metrics}    compare: [{ metric: eror }]\n`))).toContain(
      "eror is not a metric of this component",
    );
  });
});

test("gate: observe takes the vote of every assertion, and the config keeps saying so", async () => {
  const api = apiOf(await load(`${component}    gate: observe\n    assertions: [rss < 1000]\n`));
  expect(api.gate).toBe("observe");
  expect(api.assertions.map(({ observeOnly }) => observeOnly)).toEqual([true, true, true]);
});

test("from: names the cohort from whose stage on an assertion is judged; one without a stage is a complaint", async () => {
  const asserted = (from: string) => `${component}    assertions: [{ assert: rss < 1000, from: ${from} }]\n`;
  expect(apiOf(await load(asserted("all"))).assertions[0]?.from).toBe("all");
  const complaint = texts(await load(asserted("al")));
  expect(complaint).toContain('no stage is for a cohort "al", so this would never be judged');
  expect(complaint).toContain("all");
});

test("what is asserted always cannot be taken out of a stage", async () => {
  const asserted = (how: string) => `${component}    assertions: [{ assert: each.restarts == 0, ${how} }]\n`;
  expect(texts(await load(asserted("from: all")))).toContain('"each.restarts == 0" is asserted always: "from" cannot');
  expect(texts(await load(asserted("observe_only: true")))).toContain('"observe_only" cannot take it out');
  expect(apiOf(await load(asserted("allow: 1 of 9"))).assertions[0]?.allow).toEqual({ bad: 1, of: 9 });
});

test("a bake has a least and a longest time, the same where one is written", async () => {
  const baked = async (bake: string) =>
    apiOf(await load(`${component}    stages: [{ cohort: internal, bake: ${bake} }]\n`)).stages[0];
  expect(await baked("2m")).toMatchObject({ bake: 120_000, longestBake: 120_000 });
  expect(await baked("{ min: 2m, max: 10m }")).toMatchObject({ bake: 120_000, longestBake: 600_000 });
  const upside = `${component}    stages: [{ cohort: internal, bake: { min: 2m, max: 1m } }]\n`;
  expect(texts(await load(upside))).toContain("min is longer than max");
});

test("false_rollbacks is a chance, 1 in 1000 if left out", async () => {
  expect(apiOf(await load(component)).falseRollbacks).toBe(0.001);
  expect(apiOf(await load(`${component}    false_rollbacks: 1 in 50\n`)).falseRollbacks).toBe(0.02);
  expect(texts(await load(`${component}    false_rollbacks: one percent\n`))).toContain("a chance such as 1 in 1000");
});
