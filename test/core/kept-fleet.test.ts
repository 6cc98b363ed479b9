import { expect, test } from "vitest";
import type { Fleet, Host } from "../../src/core/fleet.ts";
import { keptFleet, newestKept, withKept } from "../../src/core/kept-fleet.ts";

function host(name: string, cohort: string): Host {
  return { name, address: name, port: undefined, user: undefined, labels: {}, cohort };
}

const [a, b, c] = [host("a", "first"), host("b", "beta"), host("c", "all")];
const whole: Fleet = {
  cohorts: [
    { name: "first", hosts: [a] },
    { name: "beta", hosts: [a, b] },
    { name: "all", hosts: [a, b, c] },
  ],
};
const names = (fleet: Fleet) => fleet.cohorts.map(({ name, hosts }) => `${name}: ${hosts.map((one) => one.name)}`);

test("hosts of a cohort in doubt come back in it and in all that include it; others and known ones stay as they are", () => {
  const kept = keptFleet(whole, "2026-01-01T00:00:00Z");
  const left: Fleet = {
    cohorts: whole.cohorts.map(({ name, hosts }) => ({ name, hosts: hosts.filter((one) => one !== b) })),
  };
  expect(names(withKept(left, kept, ["beta"]))).toEqual(
    names({
      cohorts: [whole.cohorts[0], { name: "beta", hosts: [a, b] }, { name: "all", hosts: [a, c, b] }].flatMap(
        (one) => one ?? [],
      ),
    }),
  );
  expect(withKept(left, kept, ["first"])).toEqual(left);
  expect(
    withKept(whole, keptFleet({ cohorts: [{ name: "x", hosts: [{ ...b, address: "elsewhere" }] }] }, ""), ["beta"]),
  ).toEqual(whole);
});

test("a cohort that is gone brings nothing, and nothing comes of nothing", () => {
  expect(withKept({ cohorts: [] }, keptFleet(whole, ""), ["beta"])).toEqual({ cohorts: [] });
  expect(keptFleet({ cohorts: [] }, "now")).toEqual({ at: "now", hosts: [] });
  expect(newestKept([])).toBeUndefined();
});

test("the newest list counts, wherever it stands", () => {
  const [old, fresh] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"].map((at) => keptFleet(whole, at));
  if (old === undefined || fresh === undefined) throw new Error("two lists");
  expect(newestKept([fresh, old])).toBe(fresh);
  expect(newestKept([old, fresh])).toBe(fresh);
});
