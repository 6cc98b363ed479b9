import { expect, test } from "vitest";
import { Desk, hostPlan, lost, stagePlan } from "./desk.ts";

/** One host of a first cohort, and three more of a wider one, of which two may be out at once; `left` by an earlier run. */
function begun(
  left: readonly string[],
  unanswering: readonly string[],
  others: { down?: number; healthy?: boolean } = {},
): Desk {
  const { down = 0, healthy = true } = others;
  const wide = ["b", "c", "d"].map((name) => hostPlan(name, left.includes(name) ? { leased: true } : {}));
  const desk = new Desk([
    stagePlan("first", [hostPlan("a", { healthy })]),
    stagePlan("all", wide, { maxFailed: 2, down }),
  ]);
  desk.begin();
  for (const host of ["a", "b", "c", "d"]) {
    const tries = unanswering.includes(host) ? 4 : 0;
    for (let count = 0; count < tries; count += 1) desk.answer(host, "fence", lost);
    if (tries === 0) desk.answer(host, "fence");
  }
  desk.answer("a", "place");
  return desk;
}

const afterTheLease = 600_000;

test.each([
  ["two that were taken over", ["b", "c"], []],
  ["two of which one could not be taken over", ["b", "c"], ["c"]],
  ["two of which none could be taken over", ["b", "c"], ["b", "c"]],
  ["one, and another that is not reached", ["b"], ["c"]],
])("leases of an earlier run take up the room of the wider cohort: %s", (_name, left, unanswering) => {
  const desk = begun(left, unanswering);
  expect(desk.at("a")).toBe("placed");
  desk.tick(afterTheLease);
  expect(desk.at("a")).toBe("arming");
});

test.each([
  ["one lease", ["b"], []],
  ["two that are not reached, and no lease", [], ["b", "c"]],
])("there is room, or nothing to wait for: %s", (_name, left, unanswering) => {
  expect(begun(left, unanswering).at("a")).toBe("arming");
});

test("a host of the wider cohort that is down, and in no stage, takes up room beside a lease", () => {
  expect(begun(["b"], [], { down: 1 }).at("a")).toBe("placed");
});

test("a host that is down anyway need not wait for anybody's lease", () => {
  expect(begun(["b", "c"], [], { healthy: false }).at("a")).toBe("arming");
});
