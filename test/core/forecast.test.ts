import { describe, expect, test } from "vitest";
import { alphaOf } from "../../src/core/budget.ts";
import type { AssertionPolicy, Component } from "../../src/core/component.ts";
import { type Forecast, forecast, type GateForecast, type Measured } from "../../src/core/forecast.ts";
import { shareAbove } from "../../src/core/forecast-traffic.ts";
import { eventsToExceed } from "../../src/core/outlook.ts";
import type { HostPlan, Plan, StagePlan } from "../../src/core/plan.ts";
import { groups, type Reading, type Sample } from "../../src/core/sample.ts";
import { addSamples, emptyEvidence } from "../../src/core/window.ts";
import { assertion, component } from "../simulation/component.ts";
import { counters, gauge, lost } from "./evidence.ts";

const hosts = ["api-1", "api-2", "api-3", "api-4"];

function hostPlan(host: string, action: HostPlan["action"]): HostPlan {
  const rest = { healthy: true, attempt: 1, expect: "", ours: false, unproven: false, detail: undefined };
  return { host, cohort: "all", action, from: "v407", to: "v408", back: "v407", ...rest };
}

/** One host in `internal`, the others in `all`; both bake for ten seconds, with a reading each second. */
function planOf(change: Partial<StagePlan> = {}, actions: readonly HostPlan["action"][] = []): Plan {
  const planned = hosts.map((host, at) => hostPlan(host, actions[at] ?? "change"));
  const stage = (cohort: string, some: readonly HostPlan[]): StagePlan => {
    const bakes = { bake: 10_000, longestBake: 10_000 };
    return { name: cohort, cohort, hosts: some, width: 1, maxFailed: 0, down: 0, ...bakes, ...change };
  };
  const stages = [stage("internal", planned.slice(0, 1)), stage("all", planned.slice(1))];
  const release = { component: "api", version: "v408", release: "v408-1", direction: "forward" } as const;
  return { ...release, continues: undefined, stages, gates: [], least: 0 };
}

/** A second of requests on a host: within 25 ms, within 50 ms, beyond; and bad ones. */
type Second = { readonly quick: number; readonly usual: number; readonly slow: number; readonly bad: number };

const busy: Second = { quick: 95, usual: 4.9, slow: 0.1, bad: 0.1 };

function readingsOf(metric: string, { quick, usual, slow, bad }: Second, after: number): Reading {
  const all = quick + usual + slow;
  if (metric === "error_rate") return counters({ bad: bad * after, all: all * after });
  if (metric === "active_cons") return gauge(20);
  return counters({
    "le=0.025": quick * after,
    "le=0.05": (quick + usual) * after,
    "le=0.1": all * after,
    "le=+Inf": all * after,
  });
}

type Service = { readonly second: Second; readonly odd?: (sample: Sample) => Sample | undefined };

function measuredOf({ second, odd = (sample) => sample }: Service): Measured {
  const changed = { since: new Map(hosts.map((host) => [host, 0])), warmup: 0 };
  const samples = [1, 2, 3].flatMap((after) =>
    hosts.flatMap((host) =>
      ["p99_latency", "error_rate", "active_cons"].flatMap((metric): readonly Sample[] => {
        const reading = readingsOf(metric, second, after);
        const sample = odd({ metric, host, at: after * 1000, origin: "a page", reading });
        return sample === undefined ? [] : [sample];
      }),
    ),
  );
  const evidence = addSamples(emptyEvidence, samples, changed);
  return { evidence, changed, at: 3000, every: 1000, judgements: [] };
}

type Asked = {
  readonly policy: AssertionPolicy;
  readonly of?: Partial<Component>;
  readonly plan?: Plan;
  readonly service?: Partial<Service>;
};

function made({ policy, of = {}, plan = planOf(), service = {} }: Asked): Forecast {
  return forecast(component([], { assertions: [policy], ...of }), plan, measuredOf({ second: busy, ...service }));
}

function gateOf(asked: Asked): GateForecast {
  const found = made(asked);
  const [gate] = found.type === "measured" ? found.gates : [];
  if (gate === undefined) throw new Error("no gate");
  return gate;
}

const slow = { ...busy, slow: 3 };

describe("an assertion on counts", () => {
  test("says what it needs, and what it finds how soon", () => {
    const policy = assertion("p99_latency < 50");
    const gate = gateOf({ policy });
    expect(gate.warnings).toEqual([]);
    expect(gate.stages).toMatchObject([
      { stage: "internal", method: "sequential", exposed: 1, ready: 4_000, passes: 10_000, edgeless: undefined },
      { stage: "all", method: "sequential", exposed: 4, ready: 4_000, passes: 10_000, isAlone: false },
    ]);
    const [first] = gate.stages;
    expect(first?.traffic).toBeCloseTo(100);
    const bound = { type: "rate", most: 0.01 } as const;
    const alpha = alphaOf(component([], { assertions: [policy] }), policy, 0, 4);
    const baseline = { rate: 0, ratio: 0 };
    // Doubled, all that took more than 25 ms is beyond 50.
    const events = eventsToExceed({ bound: { ...bound, most: 1 - 0.99 }, alpha, rate: 0.05, baseline });
    expect(first?.finds).toEqual([
      { change: "doubled", metric: "p99_latency", isWithin: false, events, after: 4_000, isLate: false },
    ]);
  });

  test("waits for readings until the events are there, of the host with the fewest where each is alone", () => {
    const slack = assertion("p99_latency < 50", { minEvents: 250 });
    expect(gateOf({ policy: slack }).stages.map(({ ready }) => ready)).toEqual([6_000, 4_000]);
    const odd = (sample: Sample): Sample => {
      if (sample.host !== "api-3" || sample.reading.type !== "counters") return sample;
      const series = Object.entries(sample.reading.series).map(([key, value]) => [key, value / 2] as const);
      return { ...sample, reading: counters(Object.fromEntries(series)) };
    };
    const each = gateOf({ policy: assertion("each.p99_latency < 50"), service: { odd } });
    expect(each.stages.map(({ traffic, ready }) => [Math.round(traffic ?? 0), ready])).toEqual([
      [100, 4_000],
      [50, 5_000],
    ]);
  });

  test("lets pass what its limit lets pass", () => {
    const [errors] = gateOf({ policy: assertion("error_rate < 0.01") }).stages[0]?.finds ?? [];
    expect(errors).toEqual({
      change: "errors",
      metric: "error_rate",
      isWithin: true,
      events: undefined,
      after: undefined,
      isLate: false,
    });
    const [strict] = gateOf({ policy: assertion("error_rate < 0.002") }).stages[1]?.finds ?? [];
    expect(strict).toMatchObject({ change: "errors", isWithin: false, isLate: false });
    expect(strict?.after).toBeGreaterThanOrEqual(4_000);
    const low = gateOf({ policy: assertion("p99_latency > 5") }).stages[0];
    expect(low).toMatchObject({ finds: [{ isWithin: true }], method: "threshold" });
    expect(gateOf({ policy: assertion("p99_latency > 25") }).stages[0]).toMatchObject({
      finds: [],
      method: "sequential",
    });
  });

  test("of the whole fleet sees the less, the fewer hosts have the change", () => {
    const fleet = gateOf({ policy: assertion("fleet.error_rate < 0.002") }).stages;
    const own = gateOf({ policy: assertion("error_rate < 0.002") }).stages;
    expect(fleet[0]?.finds[0]?.events ?? 0).toBeGreaterThan(own[0]?.finds[0]?.events ?? 0);
    expect(fleet[1]?.finds[0]?.events).toBe(own[1]?.finds[0]?.events);
    expect(fleet[0]?.traffic).toBeCloseTo(400);
  });

  test("of others' numbers needs others", () => {
    const gate = gateOf({ policy: assertion("error_rate <= 1.5 * baseline.error_rate + 0.001") });
    expect(gate.stages).toMatchObject([
      { isAlone: false, finds: [{ change: "errors", isWithin: false }] },
      { isAlone: true, finds: [], passes: 10_000 },
    ]);
    expect(gate.warnings.at(-1)).toBe("all leaves no host to compare with: the last verdict before that stands");
  });
});

describe("when a healthy version can pass", () => {
  test("between a bake's two ends as soon as it is sure", () => {
    const plan = planOf({ longestBake: 600_000 });
    const second = { quick: 19, usual: 0.98, slow: 0.02, bad: 0 };
    const [one, all] = gateOf({ policy: assertion("p99_latency < 50"), plan, service: { second } }).stages;
    expect(one?.passes).toBeGreaterThan(10_000);
    expect(one?.passes).toBeLessThan(60_000);
    expect(all?.passes).toBe(10_000);
  });

  test("when the histograms have no whole, what is known is taken for well", () => {
    const plan = planOf({ longestBake: 600_000 });
    const odd = (sample: Sample): Sample => {
      if (sample.metric !== "p99_latency" || sample.reading.type !== "counters") return sample;
      const { "le=+Inf": _, ...series } = sample.reading.series;
      return { ...sample, reading: counters(series) };
    };
    const highest = assertion("p99_latency < 100");
    expect(gateOf({ policy: highest, plan, service: { odd } }).stages[0]?.passes).toBe(10_000);
  });

  test("at its longest where it is never sure, or where only ranks are", () => {
    const plan = planOf({ longestBake: 600_000 });
    const atLimit = { second: { ...busy, usual: 3.9, slow: 1.1 } };
    expect(gateOf({ policy: assertion("p99_latency < 50"), plan, service: atLimit }).stages[0]?.passes).toBe(600_000);
    const compare = { metric: "active_cons", direction: "up", tolerance: 0.1 } as const;
    const ranks = assertion("active_cons <= 1.1 * baseline.active_cons", { compare });
    expect(gateOf({ policy: ranks, plan }).stages[0]?.passes).toBe(600_000);
    expect(gateOf({ policy: assertion("active_cons > 10"), plan }).stages[0]?.passes).toBe(10_000);
  });
});

describe("a threshold", () => {
  test("finds what is against it by as many readings as it allows, and one", () => {
    const gate = gateOf({ policy: assertion("active_cons > 10") });
    expect(gate.stages[0]).toMatchObject({
      method: "threshold",
      traffic: undefined,
      finds: [{ change: "against", metric: "active_cons", after: 3_000, isLate: false }],
    });
  });

  test("on a limit between edges says so, and finds what doubles beyond it", () => {
    const gate = gateOf({ policy: assertion("p99_latency < 60") });
    expect(gate.stages[0]).toMatchObject({
      method: "threshold",
      edgeless: { limit: 60, below: 50, above: 100 },
      finds: [{ change: "doubled", isWithin: false, after: 3_000 }],
    });
    expect(gate.warnings).toEqual(["no bucket edge at 60, nearest 50 and 100: judged as a threshold"]);
    expect(gateOf({ policy: assertion("p99_latency < 600") }).warnings).toEqual([
      "no bucket edge at 600, nearest 100: judged as a threshold",
    ]);
    expect(gateOf({ policy: assertion("p99_latency < 600") }).stages[0]?.finds).toMatchObject([{ isWithin: true }]);
  });

  test("of several numbers looks at each", () => {
    const finds = gateOf({ policy: assertion("p99_latency < 60 && error_rate < 0.02") }).stages[0]?.finds;
    expect(finds).toMatchObject([
      { change: "doubled", metric: "p99_latency", isWithin: false },
      { change: "errors", metric: "error_rate", isWithin: true },
    ]);
  });

  test("never has the events when its last readings do not hold them", () => {
    const policy = assertion("p99_latency < 60", { minEvents: 1_000 });
    const gate = gateOf({ policy });
    expect(gate.stages[0]).toMatchObject({ ready: undefined, passes: undefined, finds: [] });
    expect(gate.warnings[1]).toBe(
      "100 events a second on 1 host: its last readings never hold the 1000 events that are needed",
    );
    expect(gateOf({ policy: assertion("p99_latency < 50", { minEvents: 1_000 }) }).stages[0]?.ready).toBe(13_000);
  });

  test("is not asked of numbers that are not there", () => {
    const odd = (sample: Sample): Sample => (sample.metric === "error_rate" ? { ...sample, reading: lost } : sample);
    const policy = assertion("p99_latency < 60 && error_rate < 0.02");
    expect(gateOf({ policy, service: { odd } }).stages[0]).toMatchObject({ passes: undefined, finds: [] });
    const last = (sample: Sample): Sample => (sample.at === 3000 ? { ...sample, reading: lost } : sample);
    expect(gateOf({ policy: assertion("p99_latency < 60"), service: { odd: last } }).stages[0]?.finds).toEqual([]);
    const half = assertion("p99_latency < 60 && baseline.error_rate < 2");
    expect(gateOf({ policy: half, service: { odd } }).stages[0]?.finds).toEqual([]);
  });
});

test.each(["up", "down"] as const)(
  "ranks tell a clear difference %s after some readings, of many hosts or at a high risk",
  (direction) => {
    const compare = { metric: "active_cons", direction, tolerance: 0.1 };
    const policy = assertion("active_cons <= 1.1 * baseline.active_cons", { compare });
    const gate = gateOf({ policy, of: { falseRollbacks: 1 } });
    expect(gate.stages[0]).toMatchObject({ method: "ranks", finds: [{ change: "against", events: undefined }] });
    const after = gate.stages[0]?.finds[0]?.after ?? 0;
    expect(after).toBeGreaterThan(4_000);
    expect(after).toBeLessThan(20_000);
    const never = gateOf({ policy });
    expect(never.stages[0]?.finds).toMatchObject([{ after: undefined, isLate: true }]);
    expect(never.warnings[0]).toBe(
      "a number far off is never found, the bake of internal is 10 s: held there without a verdict",
    );
  },
);

describe("warnings", () => {
  test("what is found too late", () => {
    const policy = assertion("p99_latency < 50");
    const near = { second: { ...busy, quick: 98.4, usual: 1.5 } };
    const gate = gateOf({ policy, service: near });
    expect(gate.stages[0]?.finds).toMatchObject([{ isWithin: false, isLate: true }]);
    expect(gate.warnings).toEqual([
      expect.stringMatching(
        /^p99_latency doubled is found after .+, the bake of internal is 10 s: held there without a verdict$/,
      ),
    ]);
    const [back] = gateOf({ policy, service: near, of: { onBlind: "rollback" } }).warnings;
    expect(back).toMatch(/: taken back without a verdict$/);
    const fleet = gateOf({ policy: assertion("fleet.error_rate < 0.002"), service: { second: { ...busy, quick: 1 } } });
    expect(fleet.warnings.at(-1)).toMatch(/^fleet.error_rate|^error_rate gone from 0.1% to 1% is found after/);
  });

  test("too little traffic", () => {
    const second = { quick: 1.9, usual: 0.1, slow: 0, bad: 0 };
    const gate = gateOf({ policy: assertion("error_rate < 0.05"), service: { second } });
    expect(gate.warnings[0]).toBe(
      "2 events a second on 1 host: 100 events take 50 s, and a verdict 53 s; the bake of internal is 10 s",
    );
    const many = gateOf({ policy: assertion("error_rate < 0.05"), service: { second }, plan: planOf({}, ["none"]) });
    expect(many.warnings[0]).toMatch(/^8 events a second on 4 hosts: 100 events take 13 s/);
  });

  test("no traffic at all", () => {
    const second = { quick: 0, usual: 0, slow: 0, bad: 0 };
    const gate = gateOf({ policy: assertion("p99_latency < 50"), service: { second } });
    expect(gate.warnings).toEqual(["p99_latency gives no number now (too-few: no events were counted)"]);
    expect(gate.stages[0]).toMatchObject({ traffic: 0, passes: undefined, finds: [] });
    const gone = gateOf({ policy: assertion("each.error_rate < 0.02"), service: { second, odd: () => undefined } });
    expect(gone.stages[0]).toMatchObject({ traffic: 0, passes: undefined });
  });

  test("metrics without data, with the cause, and where", () => {
    const without = (...silent: readonly string[]) => {
      const odd = (sample: Sample): Sample => (silent.includes(sample.host) ? { ...sample, reading: lost } : sample);
      return gateOf({ policy: assertion("p99_latency < 50"), service: { odd } }).warnings[0];
    };
    const cause = "(provider-error: connection refused)";
    expect(without("api-2", "api-3")).toBe(`p99_latency gives no number now on api-[2-3] ${cause}`);
    expect(without(...hosts)).toBe(`p99_latency gives no number now on any host ${cause}`);
    const all = Array.from({ length: 9 }, (_, at) => hostPlan(`b-${at}`, "change"));
    const [first, second] = planOf().stages;
    const stages = [first, second].flatMap((stage) => (stage === undefined ? [] : [{ ...stage, hosts: all }]));
    const plan = { ...planOf(), stages: [...planOf().stages, ...stages.slice(1)] };
    expect(gateOf({ policy: assertion("p99_latency < 50"), plan }).warnings[0]).toBe(
      "p99_latency gives no number now on 9 of 13 hosts (no-data: not measured yet)",
    );
  });

  test("a metric that many hosts share, one that nobody measures", () => {
    const metrics = component([]).metrics.map((metric) => ({ ...metric, grouped: true }));
    const odd = (sample: Sample): Sample => ({ ...sample, host: groups.changed, reading: lost });
    const gate = gateOf({ policy: assertion("p99_latency < 50"), of: { metrics }, service: { odd } });
    expect(gate.warnings).toEqual(["p99_latency gives no number now (provider-error: connection refused)"]);
    expect(gate.stages[0]).toMatchObject({ method: "threshold", finds: [{ change: "against" }] });
    const unknown = gateOf({ policy: assertion("p99_latency < baseline.error_rate"), of: { metrics: [] } });
    expect(unknown.warnings[0]).toMatch(/^all leaves no host/);
    const half = component([]).metrics.filter(({ name }) => name === "p99_latency");
    const missing = gateOf({ policy: assertion("p99_latency < error_rate"), of: { metrics: half } });
    expect(missing.stages[0]?.finds).toEqual([]);
  });

  test("what decides nothing, or not yet, or is bad already", () => {
    const observed = gateOf({ policy: assertion("active_cons > 10", { observeOnly: true, from: "all" }) });
    expect(observed.warnings).toEqual(["only observed: it decides nothing", "not judged before the turn of all"]);
    expect(observed.stages.map(({ stage }) => stage)).toEqual(["all"]);
    expect(made({ policy: assertion("active_cons > 10"), of: { gate: "observe" } })).toMatchObject({
      warnings: ["gate: observe: no verdict decides anything"],
    });
    const never = gateOf({ policy: assertion("active_cons > 10", { from: "beyond" }) });
    expect(never).toMatchObject({ stages: [], warnings: ["not judged before the turn of beyond"] });
    const policy = assertion("active_cons > 10");
    const failing = (text: string, plan = planOf()) => {
      const judgement = { assertion: text, verdict: "fail", value: 7, observeOnly: false };
      const measured = { ...measuredOf({ second: busy }), judgements: [judgement] } as unknown as Measured;
      return forecast(component([], { assertions: [policy, assertion("each.healthy")] }), plan, measured);
    };
    const now = "fails now, before anything is changed";
    expect(failing(policy.text)).toMatchObject({
      gates: [{ value: 7, verdict: "fail", warnings: [`${now}: a rollout is refused (--fix-forward)`] }, {}],
    });
    expect(failing(policy.text, { ...planOf(), continues: "r1" })).toMatchObject({ gates: [{ warnings: [now] }, {}] });
    expect(failing("each.healthy")).toMatchObject({
      gates: [{ warnings: [] }, { warnings: [now, expect.anything()] }],
    });
    const all = made({ policy: { ...policy, observeOnly: true }, of: { gate: "observe" } });
    expect(all).toMatchObject({ gates: [{ warnings: [] }] });
  });
});

test("hosts that have the release are changed from the first stage on, and those that do not answer are nothing", () => {
  const plan = planOf({}, ["change", "absent", "none", "bake"]);
  expect(gateOf({ policy: assertion("p99_latency < 50"), plan }).stages).toMatchObject([
    { stage: "internal", exposed: 3 },
    { stage: "all", exposed: 3 },
  ]);
  const rest = planOf({}, ["none", "none", "none", "bake"]);
  expect(gateOf({ policy: assertion("p99_latency < 50"), plan: rest }).stages).toMatchObject([{ stage: "all" }]);
});

test("a condition of numbers alone is against nothing that is measured", () => {
  const one = { type: "number", value: 1 } as const;
  const policy: AssertionPolicy = {
    ...assertion("active_cons > 10"),
    condition: { type: "compare", op: "<", left: one, right: one },
  };
  expect(gateOf({ policy }).stages[0]?.finds).toMatchObject([{ change: "against", metric: "" }]);
});

test("the share above a limit is even within a bucket, and all above the highest edge", () => {
  const buckets = [
    { bound: 10, count: 60 },
    { bound: 20, count: 80 },
    { bound: Number.POSITIVE_INFINITY, count: 100 },
  ];
  const shares = [5, 10, 15, 20, 30].map((limit) => shareAbove(limit, buckets));
  expect(shares).toEqual([0.7, 0.4, 0.3, 0.2, 0.2].map((share) => expect.closeTo(share)));
  expect(shareAbove(30, buckets.slice(0, 2))).toBe(0);
  expect(shareAbove(5, [])).toBe(0);
});

test("a server that scrapes sets the pace of its readings", () => {
  const odd = (sample: Sample): Sample => ({ ...sample, at: sample.at * 15, stamp: sample.at });
  const [stage] = gateOf({ policy: assertion("p99_latency < 50"), service: { odd } }).stages;
  expect(stage).toMatchObject({ traffic: expect.closeTo(100 / 15), ready: 1_000 + 3 * 15_000, passes: 46_000 });
  const once = (sample: Sample): Sample | undefined => (sample.at === 3000 ? { ...sample, stamp: 1 } : undefined);
  expect(gateOf({ policy: assertion("active_cons > 10"), service: { odd: once } }).stages[0]?.ready).toBe(4_000);
});

test("what lies beyond the highest edge counts as slow, and a service that is slow now is found as it is", () => {
  const high = (sample: Sample): Sample => {
    if (sample.metric !== "p99_latency" || sample.reading.type !== "counters") return sample;
    const { "le=+Inf": all = 0, "le=0.025": quick = 0 } = sample.reading.series;
    return { ...sample, reading: counters({ "le=0.05": quick, "le=+Inf": all }) };
  };
  const policy = assertion("p99_latency < 50");
  const [stage] = gateOf({ policy, service: { odd: high, second: slow } }).stages;
  expect(stage?.finds[0]?.events).toBeGreaterThan(0);
  const fine = gateOf({ policy, service: { odd: high } }).stages[0]?.finds[0]?.events ?? 0;
  expect(fine).toBeGreaterThan(0);
});
