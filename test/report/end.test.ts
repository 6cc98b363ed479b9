import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { EndHost } from "../../src/core/event.ts";
import { endText } from "../../src/report/end.ts";
import type { EventOf } from "../../src/report/reporter.ts";
import { golden } from "./golden.ts";
import { judgement, story } from "./story.ts";

function ended(hosts: number, ending: "good" | "bad"): EventOf<"rollout.ended"> {
  const event = story({ hosts, ending, said: "exit 1" }).findLast((one) => one.type === "rollout.ended");
  if (event === undefined) throw new Error("the story has no end");
  return event;
}

const lines = (text: string) => text.trimEnd().split("\n").length;

describe("the end page", () => {
  test("of a good and of a bad rollout", async () => {
    await golden("end-good", endText(ended(12, "good"), false));
    await golden("end-bad", endText(ended(12, "bad"), false));
  });

  test("of a thousand hosts is as long as that of twelve", () => {
    for (const ending of ["good", "bad"] as const) {
      expect(lines(endText(ended(1000, ending), false))).toBe(lines(endText(ended(12, ending), false)));
    }
  });

  test("is under 30 lines whatever the hosts have met, and counts what it leaves out", async () => {
    const states = ["bad", "unknown", "reverting", "behind", "confirmed", "restored", "proven", "untouched"] as const;
    const hosts = Array.from(
      { length: 1000 },
      (_, i): EndHost => ({
        host: `${"abcdefghij".charAt(i % 10)}${(i * 7919) % 10_007}-${i}`,
        cohort: "all",
        version: `v${i % 40}`,
        release: "",
        state: states[i % states.length] ?? "bad",
        detail: `broken in its own way ${i}\n`.repeat(20),
        mend: `ship rollback -c api --only-hosts ${i}`,
      }),
    );
    const judgements = Array.from({ length: 50 }, (_, i) => ({
      ...judgement(`metric_${i} < 50`, i % 3 === 0 ? "fail" : "undecided", i, 50),
      hosts: hosts.map(({ host }) => host),
    }));
    const event = { ...ended(12, "bad"), hosts, judgements, summary: "word ".repeat(500) };
    const text = endText(event, false);
    await golden("end-crowded", text);
    expect(lines(text)).toBeLessThan(30);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(420);
  });

  test("says the same with colours", () => {
    const event = ended(12, "bad");
    const coloured = endText(event, true);
    expect(coloured).toContain("\u001b[31m");
    expect(stripVTControlCharacters(coloured)).toBe(endText(event, false));
  });
});
