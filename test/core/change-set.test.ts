import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ChangeSet,
  type Happened,
  kinds,
  next,
  type Part,
  type Step,
  standings,
} from "../../src/core/change-set.ts";
import type { Outcome } from "../../src/core/error.ts";
import type { EndReason } from "../../src/core/event.ts";

const api: Part = { change: "api", kind: "release", version: "v413" };
const lxc: Part = { change: "flag:lxc", kind: "flag", version: "on" };
const publish: Part = { change: "rate:publish", kind: "rate", version: "25" };
const usual: ChangeSet = { parts: [api, lxc, publish], remedy: undefined, onBlind: "hold" };
const remedied: ChangeSet = { ...usual, remedy: ["rate", "flag", "release"] };

const ended = (type: "forward" | "back", part: number, outcome: Outcome = "done", reason?: EndReason): Happened => {
  return { type, part, outcome, reason, said: `part ${part} is ${outcome}.` };
};
const forward = (part: number, outcome?: Outcome, reason?: EndReason) => ended("forward", part, outcome, reason);
const back = (part: number, outcome?: Outcome, reason?: EndReason) => ended("back", part, outcome, reason);
const measured = (verdict: "pass" | "fail" | "undecided"): Happened => ({
  type: "measured",
  verdict,
  said: "p99: no data.",
});

/** The steps that a set takes when each ends as `how` says: `f0 f1 b0 → rolled-back`. */
function play(set: ChangeSet, how: (step: Exclude<Step, { type: "end" }>) => Happened): string {
  const steps: string[] = [];
  let happened: readonly Happened[] = [];
  for (;;) {
    const step = next(set, happened);
    if (step.type === "end") return `${steps.join(" ")} → ${step.outcome}`;
    steps.push(step.type === "measure" ? "m" : `${step.type.slice(0, 1)}${step.part}`);
    happened = [...happened, how(step)];
  }
}

/** Each step ends well, but those that are named. */
const but =
  (others: Readonly<Record<string, Happened>>, verdicts: readonly ("pass" | "fail" | "undecided")[] = []) =>
  (step: Exclude<Step, { type: "end" }>): Happened => {
    if (step.type === "measure") return measured([...verdicts].at(0) ?? "fail");
    return others[`${step.type.slice(0, 1)}${step.part}`] ?? ended(step.type, step.part);
  };

describe("forward", () => {
  test("the parts go in their order, and the set is done when all are proven", () => {
    expect(play(usual, but({}))).toBe("f0 f1 f2 → done");
  });

  test.each([
    ["held", undefined, "held"],
    ["interrupted", undefined, "interrupted"],
    ["locked", undefined, "locked"],
    ["stuck", "on-failure-hold", "stuck"],
    ["stuck", "environment", "stuck"],
    // A part is in: that is no refusal any more.
    ["refused", "locked", "held"],
    ["unreachable", undefined, "held"],
    ["usage", undefined, "held"],
  ] as const)("a part that ends %s (%s) stops the set there: %s", (outcome, reason, as) => {
    expect(play(usual, but({ f1: forward(1, outcome, reason) }))).toBe(`f0 f1 → ${as}`);
  });

  test("a measurement alone says nothing of a part", () => {
    expect(next(usual, [measured("fail")])).toEqual({ type: "forward", part: 0 });
  });

  test("what stands in the way of the first part is a refusal of the set", () => {
    expect(play(usual, but({ f0: forward(0, "refused") }))).toBe("f0 → refused");
  });
});

describe("one rollback", () => {
  test("when a part fails, the others go back too, newest first", () => {
    expect(play(usual, but({ f2: forward(2, "rolled-back", "assertion-failed") }))).toBe(
      "f0 f1 f2 b1 b0 → rolled-back",
    );
    expect(play(usual, but({ f0: forward(0, "rolled-back") }))).toBe("f0 → rolled-back");
  });

  test("a host that cannot be put back keeps none of the other parts from going back", () => {
    const stuck = { f2: forward(2, "stuck", "rollback-incomplete") };
    expect(play(usual, but(stuck))).toBe("f0 f1 f2 b1 b0 → stuck");
    expect(play(usual, but({ f2: forward(2, "rolled-back"), b1: back(1, "unreachable") }))).toBe(
      "f0 f1 f2 b1 b0 → stuck",
    );
  });

  test.each([
    ["locked", undefined],
    ["interrupted", undefined],
    ["stuck", "environment"],
  ] as const)("a part that ends %s (%s) on its way back ends the set so", (outcome, reason) => {
    const how = but({ f2: forward(2, "rolled-back"), b1: back(1, outcome, reason) });
    expect(play(usual, how)).toBe(`f0 f1 f2 b1 → ${outcome}`);
  });

  test("says what failed and what is back", () => {
    const happened = [forward(0), forward(1, "rolled-back"), back(0)];
    expect(next(usual, happened)).toMatchObject({ summary: "part 1 is rolled-back. Put back: api, flag:lxc." });
    const left = [forward(0), forward(1, "rolled-back"), back(0, "stuck", "rollback-incomplete")];
    const summary = "part 1 is rolled-back. Put back: flag:lxc. Not wholly back: api.";
    expect(next(usual, left)).toMatchObject({ outcome: "stuck", summary });
  });
});

describe("the cheapest remedy first", () => {
  const failed = { f2: forward(2, "rolled-back", "assertion-failed") };

  test("what failed is back already; good evidence leaves the rest", () => {
    expect(play(remedied, but(failed, ["pass"]))).toBe("f0 f1 f2 m → rolled-back");
    const step = next(remedied, [forward(0), forward(1), forward(2, "rolled-back"), measured("pass")]);
    expect(step).toMatchObject({
      summary: "part 2 is rolled-back. Put back: rate:publish. The evidence is good since, so that the rest stays.",
    });
  });

  test("bad evidence brings the next one back, with a measurement after each", () => {
    expect(play(remedied, but(failed, ["fail"]))).toBe("f0 f1 f2 m b1 m b0 → rolled-back");
  });

  test("the order is the config's; what it does not name goes last", () => {
    const parts = [publish, lxc, api];
    const set = { ...remedied, parts, remedy: ["release", "rate"] } as const;
    expect(
      play(
        { ...set, parts: [publish, lxc, api, { ...lxc, change: "flag:gz" }] },
        but({ f3: forward(3, "rolled-back") }, ["fail"]),
      ),
    ).toBe("f0 f1 f2 f3 m b2 m b0 m b1 → rolled-back");
  });

  test("no evidence is never success: it is held, or goes on, as on_blind says", () => {
    expect(play(remedied, but(failed, ["undecided"]))).toBe("f0 f1 f2 m → held");
    expect(play({ ...remedied, onBlind: "rollback" }, but(failed, ["undecided"]))).toBe(
      "f0 f1 f2 m b1 m b0 → rolled-back",
    );
    const step = next(remedied, [forward(0), forward(1, "rolled-back"), measured("undecided")]);
    expect(step).toMatchObject({
      summary: expect.stringMatching(/Whether that mends it is not known: p99: no data\./),
    });
  });

  test("one that is not wholly back is no success, however good the evidence is", () => {
    expect(play(remedied, but({ f2: forward(2, "stuck", "rollback-incomplete") }, ["pass"]))).toBe(
      "f0 f1 f2 m → stuck",
    );
  });
});

describe("one that was being put back when its runner ended", () => {
  const turned: Happened = { type: "turned", part: 1, said: "flag:lxc on was being put back." };

  test("goes back first, then the others", () => {
    expect(standings(usual, [forward(0), turned])).toEqual(["proven", "turned", "waiting"]);
    expect(next(remedied, [forward(0), turned])).toEqual({ type: "back", part: 1 });
    expect(next(remedied, [forward(0), turned, back(1)])).toEqual({ type: "measure" });
    expect(next(usual, [forward(0), turned, back(1)])).toEqual({ type: "back", part: 0 });
    const summary = "flag:lxc on was being put back. Put back: api, flag:lxc.";
    expect(next(usual, [forward(0), turned, back(1), back(0)])).toMatchObject({ outcome: "rolled-back", summary });
  });
});

test("how each part stands", () => {
  const happened = [forward(0), forward(1, "rolled-back")];
  expect(standings(usual, happened)).toEqual(["proven", "back", "waiting"]);
  expect(standings(usual, [...happened, measured("fail"), back(0, "locked")])).toEqual(["stopped", "back", "waiting"]);
  expect(standings(usual, [...happened, back(0, "interrupted")])[0]).toBe("stopped");
  expect(standings(usual, [...happened, back(0, "stuck")])[0]).toBe("astray");
  expect(standings(usual, [forward(0, "held")])[0]).toBe("stopped");
});

const outcomes: readonly Outcome[] = [
  "done",
  "rolled-back",
  "stuck",
  "held",
  "locked",
  "interrupted",
  "refused",
  "unreachable",
];

test("whatever happens: it ends; nothing goes forward after a failure; done is all proven, rolled back is all back or good evidence", () => {
  const part = fc.record({ kind: fc.constantFrom(...kinds), change: fc.string(), version: fc.string() });
  const set = fc.record({
    parts: fc.array(part, { minLength: 1, maxLength: 5 }),
    remedy: fc.option(fc.subarray([...kinds], { minLength: 1 }), { nil: undefined }),
    onBlind: fc.constantFrom("hold", "rollback"),
  });
  const end = fc.record({
    outcome: fc.oneof({ weight: 3, arbitrary: fc.constant("done" as const) }, fc.constantFrom(...outcomes)),
    reason: fc.constantFrom<EndReason | undefined>(undefined, "rollback-incomplete", "environment", "assertion-failed"),
    verdict: fc.constantFrom("pass", "fail", "undecided"),
  });
  fc.assert(
    fc.property(set, fc.array(end, { minLength: 20, maxLength: 20 }), (asked, ends) => {
      let happened: readonly Happened[] = [];
      for (const { outcome, reason, verdict } of ends) {
        const step = next(asked, happened);
        if (step.type === "end") return isRight(asked, happened, step);
        const isTurned = happened.some((one) => one.type === "forward" && one.outcome !== "done");
        if (step.type === "forward" && isTurned) return false;
        happened = [
          ...happened,
          step.type === "measure" ? measured(verdict) : ended(step.type, step.part, outcome, reason),
        ];
      }
      return false;
    }),
  );
});

function isRight(set: ChangeSet, happened: readonly Happened[], step: Extract<Step, { type: "end" }>): boolean {
  const now = standings(set, happened);
  const last = happened.at(-1);
  if (step.outcome === "done") return now.every((one) => one === "proven");
  if (step.outcome !== "rolled-back") return true;
  const isIn = now.includes("proven");
  return !now.includes("astray") && (!isIn || (last?.type === "measured" && last.verdict === "pass"));
}
