import { expect, test } from "vitest";
import type { HostPlan, Plan } from "../../src/core/plan.ts";
import { planText } from "../../src/report/plan.ts";
import { golden } from "./golden.ts";
import { hostPlan, planOf } from "./story.ts";

const dry = { color: false, dry: true };

function withHosts(plan: Plan, change: (host: HostPlan) => HostPlan): Plan {
  return { ...plan, stages: plan.stages.map((stage) => ({ ...stage, hosts: stage.hosts.map(change) })) };
}

test("a plan", async () => {
  await golden("plan", planText(planOf(12), dry));
});

test("hosts that differ are told apart, and what is not touched is named", async () => {
  const odd: Readonly<Record<string, Partial<HostPlan>>> = {
    "api-01": { action: "bake", from: "v408-3f2a9c1b" },
    "api-02": { from: "v406-11111111", back: "v406-11111111", healthy: false },
    "api-03": { from: "v408-99999999" },
    "api-06": { action: "none", from: "v408-3f2a9c1b" },
    "api-07": { action: "absent", from: "", back: "", detail: "connection refused\u0007" },
    "api-08": { from: "", back: "" },
    "api-09": { from: "by hand\u001b[2J", back: "" },
  };
  const plan = withHosts(planOf(12), (host) => ({ ...host, ...odd[host.host] }));
  const stages = plan.stages.map((stage) => ({ ...stage, maxFailed: stage.name === "all" ? 2 : 0 }));
  await golden("plan-odd", planText({ ...plan, stages, continues: "r-7f3a", gates: [] }, { color: false, dry: false }));
});

test("nothing to do", async () => {
  const plan = withHosts(planOf(12), (host) => ({ ...host, action: "none" }));
  await golden("plan-nothing", planText({ ...plan, least: 0 }, dry));
});

test("a thousand hosts that go the same way are one line", () => {
  const lines = (hosts: number) => planText(planOf(hosts), dry).split("\n").length;
  expect(lines(1000)).toBe(lines(12));
  expect(hostPlan("a", "b").to).toBe("v408-3f2a9c1b");
});
