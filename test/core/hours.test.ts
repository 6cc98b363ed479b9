import { expect, test } from "vitest";
import { hoursOf } from "../../src/core/hours.ts";
import { judgePast } from "../../src/core/past.ts";
import { gauge } from "./evidence.ts";
import { asserting, policyOf } from "./recorded.ts";

const hour = 3_600_000;
const from = 500 * hour + 123;
const watch = { run: 7, hosts: ["a", "b"], from, step: 60_000 };

function sample(host: string, at: number, value: number) {
  return { metric: "active_cons", host, at, reading: gauge(value), origin: "prometheus" };
}

test("samples of a moment are one measurement, in time, and an hour's measurements a stage of their own", () => {
  const at = [from + 60_000, from, from + hour];
  const samples = at.flatMap((time) => [sample("a", time, 20), sample("b", time, 30)]);
  const sections = hoursOf(policyOf(), samples, watch);
  expect(
    sections.map(({ run, startedAt, measurements }) => [run, startedAt, measurements.map((one) => one.at)]),
  ).toEqual([
    [7, from, [from, from + 60_000]],
    [7, from + hour, [from + hour]],
  ]);
  expect(sections[0]).toMatchObject({ cohorts: new Set(["internal", "all"]), hosts: 2 });
  expect(sections[0]?.measurements[0]).toMatchObject({ every: 60_000, unchanged: [], samples: samples.slice(2, 4) });
  expect(hoursOf(policyOf(), [], watch)).toEqual([]);
});

test("a bad hour does not make the next one bad", () => {
  const values = [...Array(30).fill(20), ...Array(30).fill(5), ...Array(60).fill(20)];
  const samples = values.flatMap((value, index) =>
    ["a", "b"].map((host) => sample(host, from + index * 60_000, value)),
  );
  const component = asserting("active_cons > 10");
  const [past] = judgePast(component, hoursOf(component, samples, watch), from);
  expect([...(past?.failed ?? [])]).toEqual([0]);
  expect([...(past?.judged ?? [])]).toEqual([0, 1]);
});
