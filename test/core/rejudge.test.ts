import fc from "fast-check";
import { expect, test } from "vitest";
import type { Component } from "../../src/core/component.ts";
import type { Event } from "../../src/core/event.ts";
import { rejudge } from "../../src/core/rejudge.ts";
import { sectionsOf } from "../../src/core/section.ts";
import { assertion } from "../simulation/component.ts";
import { saying, ship } from "../simulation/lab.ts";
import { asserting, journalOf, policyOf, recordOf } from "./recorded.ts";

type Verdicts = readonly (readonly [stage: string, assertion: string, judgement: unknown])[];

/** As a journal has them: what is undefined is not there. */
function toldIn(events: readonly Event[]): Verdicts {
  return events.flatMap((event) =>
    event.type === "assertion.judged" ? [[event.stage ?? "", event.judgement.assertion, event.judgement] as const] : [],
  );
}

function again(component: Component, events: readonly Event[]): Verdicts {
  return [...rejudge(component, sectionsOf(events))].map(({ section, judgement }) => [
    section.stage,
    judgement.assertion,
    JSON.parse(JSON.stringify(judgement)),
  ]);
}

const others = {
  assertions: [assertion("p99_latency < 50"), assertion("error_rate <= 2 * baseline.error_rate + 0.01")],
};

test("property: judged again under the same assertions, a rollout says the same as it did, number for number", async () => {
  const behaviour = fc.constantFrom(
    {},
    { p99: 80 },
    { connections: 2 },
    { errors: 0.3, errorsAfter: 10_000 },
    { blind: true },
  );
  const change = fc.constantFrom<Partial<Component>>({}, others, { warmup: 3_000 });
  const ask = fc.constantFrom({}, { interruptAt: 9_000 }, { killAt: 7_000 });
  await fc.assert(
    fc.asyncProperty(behaviour, change, ask, async (behaves, policy, asked) => {
      const { events } = await recordOf(behaves, policy, asked);
      const told = toldIn(events);
      expect(told.length).toBeGreaterThan(0);
      expect(again(policyOf(policy), events)).toEqual(told);
    }),
    { numRuns: 12 },
  );
}, 60_000);

test("what was not recorded is undecided, and says so by name", async () => {
  const { sections } = await recordOf({});
  const { metrics } = policyOf();
  const queue = metrics.map((metric) => ({ ...metric, name: `${metric.name}_new` }));
  const policy = { ...assertion("active_cons < 9"), text: "p99_latency_new < 9" };
  const condition = { ...policy, condition: renamed(policy.condition, "p99_latency_new") };
  const judged = [...rejudge(policyOf({ metrics: queue, assertions: [condition] }), sections)];
  expect(judged.length).toBeGreaterThan(5);
  for (const { judgement } of judged) {
    expect(judgement.verdict).toBe("undecided");
    expect(judgement.causes).toEqual([{ cause: "no-data", detail: "p99_latency_new was not recorded" }]);
  }
});

function renamed(condition: ReturnType<typeof assertion>["condition"], name: string): typeof condition {
  const text = JSON.stringify(condition).replaceAll(/"name":"[^"]*"/g, `"name":"${name}"`);
  return JSON.parse(text);
}

test("a metric of another shape today does not take the numbers of then for its own", async () => {
  const { sections } = await recordOf({});
  const shapes = [{ type: "gauge" }, { type: "rate" }, { type: "ratio" }] as const;
  for (const shape of shapes) {
    const metrics = policyOf().metrics.map((metric) => ({ ...metric, shape }));
    const component = policyOf({ metrics, assertions: [assertion("p99_latency < 50")] });
    const verdicts = new Set([...rejudge(component, sections)].map(({ judgement }) => judgement.verdict));
    expect([...verdicts]).toEqual(["undecided"]);
  }
});

test("another quantile of the same histogram is judged, for its buckets were recorded", async () => {
  const { sections } = await recordOf({});
  const shape = { type: "quantile", quantile: 0.5, scale: 1000 } as const;
  const metrics = policyOf().metrics.map((metric) => (metric.name === "p99_latency" ? { ...metric, shape } : metric));
  const judged = [...rejudge(policyOf({ metrics, assertions: [assertion("p99_latency < 50")] }), sections)];
  expect(judged.at(-1)?.judgement.verdict).toBe("pass");
});

test("an assertion is not judged before the stage of its cohort", async () => {
  const { sections } = await recordOf({});
  const late = policyOf({ assertions: [assertion("active_cons > 10", { from: "all" })] });
  expect([...new Set([...rejudge(late, sections)].map(({ section }) => section.stage))]).toEqual(["all"]);
});

test("a rollout that was gone on with is judged in each of its runs, with evidence of that run alone", async () => {
  const { made, events } = await recordOf({}, {}, { interruptAt: 6_000 });
  const from = made.clock.now();
  const both = [...events, ...journalOf(await ship(made, { version: "v408" }), from)];
  expect(new Set(sectionsOf(both).map(({ run }) => run))).toEqual(new Set([1, 2]));
  expect(again(policyOf(), both)).toEqual(toldIn(both));
});

test("a rollout that measured anew in its midst is judged as it was, without what was read before", async () => {
  const { events } = await recordOf(
    {},
    {},
    {},
    (made) => void made.clock.sleep(12_000).then(() => saying(made, "remeasure")),
  );
  expect(events.filter((event) => event.type === "samples.read" && event.anew === true).length).toBe(1);
  expect(again(policyOf(), events)).toEqual(toldIn(events));
});

test("what is judged more often today than it was read is judged as often as it was read", async () => {
  const { sections } = await recordOf({});
  const often = policyOf({ assertions: [assertion("active_cons > 10", { every: 100 })] });
  const judged = [...rejudge(often, sections)];
  expect(judged.at(-1)?.judgement.verdict).toBe("pass");
  const taken = sections.reduce((sum, { measurements }) => sum + measurements.length, 0);
  expect(judged.length).toBeGreaterThanOrEqual(taken - sections.length);
  const seldom = policyOf({ assertions: [assertion("active_cons > 10", { every: 4_000 })] });
  expect([...rejudge(seldom, sections)].length).toBeLessThan(judged.length / 2);
});

test("nothing recorded is nothing judged", () => {
  expect([...rejudge(asserting("p99_latency < 50"), [])]).toEqual([]);
  expect(sectionsOf([])).toEqual([]);
});
