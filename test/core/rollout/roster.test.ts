import fc from "fast-check";
import { expect, test } from "vitest";
import { type Progress, progressOf } from "../../../src/core/rollout/progress.ts";
import { allIn, changedIn, countIn, hostIn, rosterOf, thoseIn } from "../../../src/core/rollout/roster.ts";
import { hostPlan } from "./desk.ts";

/** So many hosts in stages of these sizes. */
function hostsIn(sizes: readonly number[]): readonly Progress[] {
  return sizes.flatMap((size, stage) =>
    Array.from({ length: size }, (_, at) => progressOf(hostPlan(`${stage}-${at}`), stage, false)),
  );
}

const isBad = ({ bad }: Progress) => bad;
const isInSecond = (stage: number) => stage === 1;

test("a roster answers as a list does, whatever was changed in it, and in the same order", () => {
  const sizes = fc.array(fc.nat(70), { maxLength: 3 });
  const changes = fc.array(fc.record({ at: fc.nat(209), bad: fc.boolean() }), { maxLength: 20 });
  fc.assert(
    fc.property(sizes, changes, (sizes, changes) => {
      let list = hostsIn(sizes);
      let roster = rosterOf(list);
      for (const { at, bad } of changes) {
        const name = list[at]?.plan.host ?? "nobody";
        list = list.map((host) => (host.plan.host === name ? { ...host, bad } : host));
        roster = changedIn(roster, name, { bad });
        expect(hostIn(roster, name)?.bad).toBe(list[at]?.bad);
        expect(thoseIn(roster, isBad)).toEqual(list.filter(isBad));
        expect(countIn(roster, isBad, isInSecond)).toBe(list.filter((host) => host.stage === 1 && host.bad).length);
      }
      expect(allIn(roster)).toEqual(list);
      expect(roster.size).toBe(list.length);
    }),
  );
});

test("a roster stays as it was when another is made from it, and shares with it what did not change", () => {
  const before = rosterOf(hostsIn([100]));
  expect(countIn(before, isBad)).toBe(0);
  const after = changedIn(before, "0-40", { bad: true });
  expect([countIn(before, isBad), countIn(after, isBad)]).toEqual([0, 1]);
  expect(after.chunks.map((chunk, at) => chunk === before.chunks[at])).toEqual([true, false, true, true]);
  expect(changedIn(before, "nobody", { bad: true })).toBe(before);
});
