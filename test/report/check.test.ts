import { expect, test } from "vitest";
import { checkText } from "../../src/report/check.ts";
import { golden } from "./golden.ts";
import { judgement } from "./story.ts";

const pass = judgement("p99_latency < 50", "pass", 43.12, 50);

test("the worst comes first, and what is only observed last", async () => {
  const several = { ...judgement("a < 1 && b > 2", "fail", undefined, 0), limit: undefined };
  const text = checkText(
    [
      pass,
      judgement("active_cons > 10", "undecided", undefined, 10),
      { ...judgement("each.rss < 9", "fail", 9.0004, 9), hosts: ["api-01", "api-02"], events: undefined },
      {
        ...several,
        values: [
          { metric: "a", value: 2 },
          { metric: "b", value: undefined },
        ],
      },
      { ...judgement("fleet.queue < 5", "fail", 9, 5), observeOnly: true },
    ],
    false,
  );
  await golden("check", text);
});

test("one line says it all", () => {
  const first = (text: string) => text.split("\n")[0];
  expect(first(checkText([pass], false))).toBe("The assertion holds.");
  expect(first(checkText([pass, pass], false))).toBe("All 2 assertions hold.");
  expect(first(checkText([pass, { ...pass, verdict: "undecided" }], false))).toBe(
    "1 of 2 assertions undecided, none fails.",
  );
  expect(first(checkText([{ ...pass, observeOnly: true }], false))).toBe("No assertion decides anything here.");
});
