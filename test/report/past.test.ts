import { expect, test } from "vitest";
import type { PastAssertion } from "../../src/core/past.ts";
import { pastText } from "../../src/report/past.ts";
import { assertion } from "../simulation/component.ts";
import { golden } from "./golden.ts";

const at = Date.UTC(2026, 10, 21, 22, 30);
const hours = (count: number) => new Set(Array.from({ length: count }, (_, index) => index));

function past(text: string, change: Partial<PastAssertion>): PastAssertion {
  return { policy: assertion(text), failed: new Set(), judged: new Set(), tightest: undefined, causes: [], ...change };
}

const week = { component: "api", since: 7 * 24 * 3_600_000, of: 168, rollouts: 3, watched: true };

test("for each assertion the hours in which it would have failed, and when it was tightest", async () => {
  const tightest = { at, value: 82.4, limit: 50, hosts: ["api-01", "api-02"], room: -0.6 };
  const text = pastText(
    {
      ...week,
      past: [
        past("p99_latency < 50", { failed: hours(2), judged: hours(21), tightest }),
        past("active_cons > 10", { judged: hours(21), tightest: { at, value: 12, limit: 10, hosts: [], room: 0.2 } }),
        past("error_rate <= 1.5 * baseline.error_rate", {
          causes: [{ cause: "no-data", detail: "there is no such host now" }],
        }),
        {
          ...past("active_cons > 1 && active_cons < 99", { judged: hours(3) }),
          policy: assertion("active_cons > 15", { observeOnly: true }),
        },
      ],
    },
    false,
  );
  await golden("past", text);
});

test("the first line says it all", () => {
  const first = (...rows: readonly PastAssertion[]) => pastText({ ...week, past: rows }, false).split("\n")[0];
  expect(first(past("active_cons > 1", { judged: hours(1) }))).toBe(
    "In 0 of 1 hour a rollout would have been rolled back.",
  );
  expect(first(past("active_cons > 1", {}))).toBe("Nothing fails, and not everything could be judged.");
  expect(first(past("active_cons > 1", { judged: hours(3), failed: hours(2) }))).toBe(
    "In 2 of 3 hours a rollout would have been rolled back.",
  );
});
