import { expect, test } from "vitest";
import { estimate } from "../../src/core/estimate.ts";
import type { Measure, Sample } from "../../src/core/sample.ts";
import { changed, evidence, gauge, lost, samples, view } from "./evidence.ts";

const hosts = ["a", "b", "c"];
const given: readonly Sample[] = hosts.flatMap((host, at) => samples("conns", host, [gauge([7, 2, 6][at] ?? 0)]));

function across(how: Measure["across"], more: readonly Sample[] = []): number | undefined {
  const measure: Measure = { name: "conns", shape: { type: "gauge" }, across: how, grouped: false };
  const of = changed(hosts);
  const found = estimate(measure, hosts, view(evidence([...given, ...more], of), of, 2));
  return found.type === "number" ? found.value : undefined;
}

test("hosts' levels join as their mean, their sum, or the least or the greatest of them", () => {
  expect([across("mean"), across("sum"), across("min"), across("max")]).toEqual([5, 15, 2, 7]);
});

test("a mean of fewer hosts is a mean; a sum or an extreme of fewer is no number", () => {
  const silent = samples("conns", "a", [lost], 2);
  expect(across("mean", silent)).toBe(4);
  expect([across("sum", silent), across("min", silent), across("max", silent)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
