import { expect, test } from "vitest";
import type { Forecast } from "../../src/core/forecast.ts";
import type { StageForecast } from "../../src/core/forecast-stage.ts";
import { planText } from "../../src/report/plan.ts";
import { golden } from "./golden.ts";
import { planOf } from "./story.ts";

const quiet = { ready: 4_000, edgeless: undefined, isAlone: false };

function stage(name: string, exposed: number, change: Partial<StageForecast>): StageForecast {
  const bake = { bake: 120_000, longestBake: 120_000, passes: 120_000 };
  return { stage: name, method: "sequential", exposed, traffic: 64 * exposed, ...bake, ...quiet, finds: [], ...change };
}

const found = { metric: "p99_latency", events: 300, isWithin: false, isLate: false };

const forecast: Forecast = {
  type: "measured",
  warnings: ["gate: observe: no verdict decides anything"],
  gates: [
    {
      assertion: "p99_latency < 50",
      value: 43.12,
      verdict: "pass",
      stages: [
        stage("internal", 1, { finds: [{ ...found, change: "doubled", after: 9_000 }] }),
        stage("beta", 4, { finds: [{ ...found, change: "doubled", after: 4_000 }] }),
        stage("all", 12, { finds: [{ ...found, change: "doubled", after: 4_000 }] }),
      ],
      warnings: ["no bucket edge at 50, nearest 25 and 100: judged as a threshold", "said by a host: \u001b[2J"],
    },
    {
      assertion: "error_rate < 0.01 && p99_latency < 90",
      value: undefined,
      verdict: "fail",
      stages: [
        stage("internal", 1, {
          passes: undefined,
          finds: [
            { ...found, change: "doubled", after: 300_000, isLate: true },
            { ...found, metric: "error_rate", change: "errors", after: undefined, isWithin: true },
          ],
        }),
        stage("beta", 4, { passes: 130_000, finds: [{ ...found, change: "errors", after: undefined }] }),
        stage("all", 12, { passes: 130_000, longestBake: 200_000 }),
      ],
      warnings: [],
    },
    {
      assertion: "active_cons > 10",
      value: 120,
      verdict: "pass",
      stages: [stage("all", 12, { traffic: undefined, finds: [{ ...found, change: "against", after: 3_000 }] })],
      warnings: [],
    },
  ],
};

test("what the gates will see, under them", async () => {
  await golden("plan-forecast", planText(planOf(12), { color: false, dry: true, forecast }));
});

test("a plan that was not measured predicts nothing, and says so", () => {
  const none: Forecast = { type: "none", why: "nothing was measured (--offline)" };
  const text = planText(planOf(12), { color: false, dry: true, forecast: none });
  expect(text).toContain("\nNothing is predicted: nothing was measured (--offline).\n");
});
