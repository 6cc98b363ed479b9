import { expect, test } from "vitest";
import type { Part } from "../../src/core/change-set.ts";
import type { Judgement } from "../../src/core/judge.ts";
import { remedied } from "../../src/core/remedied.ts";
import { endPart, hintFor } from "../../src/core/set-end.ts";
import { evidenceText } from "../../src/core/set-text.ts";

const part: Part = { change: "flag:lxc", kind: "flag", version: "on" };

test.each([
  ["waiting", "held", "not begun"],
  ["proven", "done", "proven"],
  ["proven", "rolled-back", "stays"],
  ["proven", "stuck", "stays"],
  ["back", "rolled-back", "put back"],
  ["astray", "stuck", "not wholly put back"],
  ["turned", "locked", "not wholly put back"],
  ["stopped", "held", "held"],
  [undefined, "done", "proven already"],
  [undefined, "rolled-back", "left as it was"],
] as const)("a part that is %s when the set ends %s: %s", (standing, outcome, state) => {
  expect(endPart(part, { standing, rollout: "r1", outcome })).toEqual({ ...part, rollout: "r1", state });
});

test("a part that was not begun has no rollout", () => {
  expect(endPart(part, { standing: "waiting", rollout: undefined, outcome: "held" }).rollout).toBeNull();
});

test("what to do next fits how it ended", () => {
  const outcomes = ["done", "rolled-back", "stuck", "held", "interrupted", "locked"] as const;
  expect(outcomes.map((outcome) => hintFor(outcome, "api", "ab12cd34"))).toMatchInlineSnapshot(`
    [
      undefined,
      "ship why ab12cd34 shows the evidence. To try it again: the same command with --retry-bad --reason TEXT.",
      "When that is mended, put all of it back: ship rollback -c api",
      "To go on: the same command. To put all of it back: ship rollback -c api",
      "To go on: the same command. To put all of it back: ship rollback -c api",
      "When that is over, the same command goes on.",
    ]
  `);
});

const judgement = (assertion: string, verdict: Judgement["verdict"], more: Partial<Judgement> = {}) =>
  ({ assertion, verdict, causes: [], observeOnly: false, ...more }) as unknown as Judgement;
const [good, bad, blind] = [judgement("a < 1", "pass"), judgement("b < 1", "fail"), judgement("c < 1", "undecided")];

test.each([
  ["a fail is one at once", [good, bad], 0, "fail"],
  ["nothing passes before the bake is over", [good], 9, undefined],
  ["all that passes by then is a pass", [good], 10, "pass"],
  ["weak evidence stretches it", [good, blind], 19, undefined],
  ["and not for ever", [good, blind], 20, "undecided"],
  ["what only observes decides nothing", [good, { ...bad, observeOnly: true }], 10, "pass"],
  ["without assertions there is no evidence", [], 20, "undecided"],
] as const)("well again: %s", (_name, judgements, elapsed, verdict) => {
  expect(remedied(judgements, { elapsed, bake: 10, longestBake: 20 })).toBe(verdict);
});

test("the evidence in a sentence", () => {
  expect(evidenceText([])).toBe("nothing is asserted of it.");
  expect(evidenceText([good, { ...bad, observeOnly: true }])).toBe("every assertion holds.");
  const why = judgement("c < 1", "undecided", { causes: [{ cause: "no-data", detail: "no data" }] } as never);
  expect(evidenceText([good, bad, why])).toBe("b < 1: fail; c < 1: no data.");
});
