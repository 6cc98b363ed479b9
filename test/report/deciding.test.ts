import { describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import type { Judgement } from "../../src/core/judge.ts";
import { whyText } from "../../src/report/why.ts";
import { golden } from "./golden.ts";
import { judgement, story } from "./story.ts";

const events = story({ hosts: 12, ending: "bad", said: "exit 1" });

const tested: Partial<Judgement> = {
  method: "sequential",
  interval: { low: 81.4, high: 95 },
  chance: 1 / 4200,
  origins: ["exposition http://127.0.0.1:8080/metrics"],
};

/** The same rollout, with other judgements of one assertion. */
function judged(change: (judgement: Judgement) => Judgement): readonly Event[] {
  return events.map((event): Event => {
    if (event.type === "assertion.judged") return { ...event, judgement: change(event.judgement) };
    return "judgements" in event ? { ...event, judgements: event.judgements.map(change) } : event;
  });
}

describe("what decided", () => {
  test("a test on counts, with its interval, its chance and who gave the numbers", async () => {
    const text = whyText(
      judged((one) => (one.verdict === "fail" ? { ...one, ...tested } : one)),
      false,
    );
    await golden("why-tested", text);
  });

  test("of a rollout that left a page only, by that page", () => {
    const page = judged((one) => ({ ...one, ...tested })).filter((event) => event.type === "rollout.ended");
    const text = whyText(page, false);
    expect(text).toContain(
      "What decided\n  p99_latency < 50 failed\n    83.2 against 50, 1204 events, on api-[02,04]\n",
    );
    expect(text).toContain("a healthy version looks this bad once in 4,200 times");
    expect(text).not.toContain("active_cons > 10 passed");
  });

  test("by a page of an older ship, with what it has", () => {
    const older = judged((one) => {
      const { method: _, origins: __, interval: ___, chance: ____, ...rest } = one;
      return rest as Judgement;
    });
    expect(whyText(older, false)).toContain("    threshold, 5 readings\n");
  });

  test("what was without a verdict, where a stage was held", () => {
    const undecided = (one: Judgement): Judgement =>
      one.verdict === "fail" ? { ...one, verdict: "undecided", causes: [{ cause: "stale", detail: "12 s old" }] } : one;
    const held = judged(undecided).map(
      (event): Event => (event.type === "stage.failed" ? { ...event, type: "stage.held" } : event),
    );
    expect(whyText(held, false)).toMatch(/p99_latency < 50 was undecided in beta at .*\n.*\n.*\n {4}stale: 12 s old\n/);
  });

  test("is cut when it is much", () => {
    const many = judgement("p99_latency < 50", "fail", 83.2, 50);
    const all = Array.from({ length: 9 }, (_, at) => ({ ...many, assertion: `m${at} < 50` }));
    const page = events.flatMap((event) => (event.type === "rollout.ended" ? [{ ...event, judgements: all }] : []));
    expect(whyText(page, false)).toContain("  … and 4 more assertions");
  });
});
